import { isatty } from "node:tty";

/**
 * SIGHUP means two things: the terminal that the process was started from has been closed, or somebody asks for a reload. It
 * is the first if standard input was a terminal and is none any more.
 */
export function onHangUp(on: { readonly terminalClosed: () => void; readonly reload: () => void }): void {
  const hadTerminal = isatty(0);
  process.on("SIGHUP", () => (hadTerminal && !isatty(0) ? on.terminalClosed() : on.reload()));
}
