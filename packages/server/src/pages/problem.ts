import { html } from "./html.ts";
import { systemPage } from "./system-page.ts";
import { WORDS } from "./words.ts";

export interface ProblemModel {
  /** HTTP status, 400 and up. */
  readonly status: number;
  /** A few words: what is wrong. */
  readonly title: string;
  /** One sentence on this case. */
  readonly message: string;
  /** What the reader can do. */
  readonly help: string;
  /** To find the case in the server's log. */
  readonly requestId?: string;
}

/** Any answer that is neither a page nor 404 nor 410: 400, 405, 414, 500, 503. */
export function renderProblem({ status, title, message, help, requestId }: ProblemModel): string {
  return systemPage(
    title,
    html`<p>${message}</p>
<p>${help}</p>
<p><a class="button" href="/">${WORDS.toLibrary}</a></p>
<p class="status">${status}${requestId !== undefined && html` · <bdi>${requestId}</bdi>`}</p>`,
  );
}
