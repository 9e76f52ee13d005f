const FENCE = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})(.*)$/;

/** Knows, walking forward through a text, whether a place is inside a fenced code block. */
export class Fences {
  readonly #text: string;
  #at = 0;
  #open: { readonly mark: string; readonly info: string } | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** The info string of the fence around a position (`rust,ignore`), or undefined outside. Positions must not go back. */
  infoAt(position: number): string | undefined {
    for (let end = this.#text.indexOf("\n", this.#at); end !== -1 && end < position; end = this.#text.indexOf("\n", this.#at)) {
      this.#readLine(this.#text.slice(this.#at, end));
      this.#at = end + 1;
    }
    return this.#open?.info;
  }

  #readLine(line: string): void {
    const [, mark, rest = ""] = FENCE.exec(line) ?? [];
    if (mark === undefined) return;
    if (this.#open === undefined) {
      // The info string of a backtick fence holds no backtick (CommonMark 4.5): that is a code span.
      if (mark[0] === "~" || !rest.includes("`")) this.#open = { mark, info: rest.trim() };
    } else if (mark[0] === this.#open.mark[0] && mark.length >= this.#open.mark.length && rest.trim() === "") {
      this.#open = undefined;
    }
  }
}

const HASH_COMMENTS = new Set([
  "bash",
  "sh",
  "shell",
  "zsh",
  "python",
  "py",
  "toml",
  "yaml",
  "yml",
  "ruby",
  "rb",
  "perl",
  "makefile",
  "dockerfile",
  "r",
]);
const DASH_COMMENTS = new Set(["sql", "lua", "haskell", "hs", "elm", "ada"]);
const NO_COMMENTS = new Set(["", "text", "txt", "console", "output", "plain", "plaintext", "json", "csv"]);

/** A line that a reader of that language takes for a remark. */
export function commentIn(info: string, remark: string): string {
  const language = /^[\s{.]*([\w+#-]*)/.exec(info)?.[1]?.toLowerCase() ?? "";
  if (HASH_COMMENTS.has(language)) return `# ${remark}`;
  if (DASH_COMMENTS.has(language)) return `-- ${remark}`;
  if (["html", "xml", "svg", "markdown", "md"].includes(language)) return `<!-- ${remark} -->`;
  return NO_COMMENTS.has(language) ? `(${remark})` : `// ${remark}`;
}
