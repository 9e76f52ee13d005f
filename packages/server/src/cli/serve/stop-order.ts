import { onHangUp } from "./hang-up.ts";

/** That this process is to stop, by whom, and how fast. */
export interface StopOrder {
  /** Resolves with the reason when it is to take no new connections, finish what is under way and leave. */
  readonly given: Promise<string>;
  /** Resolves when nobody wants to wait for connections that are idle; perhaps at the same time. */
  readonly hurried: Promise<void>;
}

/** The terminal, npm and the launcher may each pass the same Ctrl-C on. */
const SAME_KEYSTROKE_MS = 500;

/**
 * SIGTERM, or a terminal that is closed: stop patiently. SIGINT (Ctrl-C): somebody watches, so hurry. A second Ctrl-C does not
 * wait for anything. From the call on signals no longer end the process by themselves.
 */
export function stopOnSignals(on: { readonly reload: () => void; readonly atOnce?: () => void }): StopOrder {
  const given = Promise.withResolvers<string>();
  const hurried = Promise.withResolvers<void>();
  let interruptedAt: number | undefined;
  process.on("SIGTERM", () => given.resolve("SIGTERM received"));
  process.on("SIGINT", () => {
    const now = performance.now();
    if (interruptedAt !== undefined && now - interruptedAt > SAME_KEYSTROKE_MS) {
      on.atOnce?.();
      process.exit();
    }
    interruptedAt ??= now;
    given.resolve("SIGINT received");
    hurried.resolve();
  });
  onHangUp({ terminalClosed: () => given.resolve("the terminal is closed"), reload: on.reload });
  return { given: given.promise, hurried: hurried.promise };
}
