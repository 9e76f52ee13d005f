import type { Problem } from "qrcards/contract";

/** What the server said when it refused: a problem document (RFC 9457). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  /** Stable, for programs; `unknown` when something in between answered, and not our server. */
  readonly code: string;
  /** Undefined when something in between answered. */
  readonly problem: (Problem & Readonly<Record<string, unknown>>) | undefined;
  /** How long to wait before trying again, where the server says so. */
  readonly retryAfterMs: number | undefined;

  constructor(response: Response, text: string) {
    const problem = parseProblem(response, text);
    super(problem?.detail ?? `The server answered ${response.status} ${response.statusText}`.trimEnd());
    this.status = response.status;
    this.code = problem?.code ?? "unknown";
    this.problem = problem;
    const seconds = response.headers.get("retry-after");
    this.retryAfterMs = seconds !== null && /^\d+$/.test(seconds) ? Number(seconds) * 1000 : undefined;
  }
}

function parseProblem(response: Response, text: string): ApiError["problem"] {
  if (!response.headers.get("content-type")?.startsWith("application/problem+json")) return undefined;
  return JSON.parse(text) as NonNullable<ApiError["problem"]>;
}
