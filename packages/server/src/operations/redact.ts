/** What may be a secret in a text that is meant for the log, by its form. */
const SECRETS: readonly ((text: string) => string)[] = [
  // Our tokens, whole or cut short, also percent-encoded.
  (text) => text.replace(/qrc(?:_|%5f)[\w%~.-]*/gi, "[token]"),
  // User and password of an address. As much as they could be is taken at once, also where they are not, up to where the next
  // address may begin: else a long text of nothing but beginnings, which anybody can send, would be looked through from each.
  (text) =>
    text.replace(/(?::|%3a)(?:\/|%2f){2}(?:(?!(?::|%3a)(?:%2f)?\/)[^\s/@])*@?/gi, (found) =>
      found.replace(/^.*(?:@|%40)/i, "://[secret]@"),
    ),
  (text) => text.replace(/\b(bearer|basic) +\S+/gi, "$1 [secret]"),
  (text) => text.replace(/\b((?:set-)?cookie|authorization|password|secret|token)(["']?\s*[:=]\s*["']?)[^"'\n]+/gi, "$1$2[secret]"),
];

/** The text without what looks like a secret. For texts that others wrote: addresses, messages of errors. */
export function redact(text: string): string {
  return SECRETS.reduce((rest, hide) => hide(rest), text);
}

/** Enough to know an address again. */
const LONGEST_PATH = 300;

/** A request's target for the log: without its query, which is nobody's business, and without what looks like a secret. */
export function redactTarget(target: string): string {
  const path = redact(target.split(/[?#]/, 1)[0]!).replace(/^(\/\/)[^/@]*@/, "$1[secret]@");
  return path.length > LONGEST_PATH ? `${path.slice(0, LONGEST_PATH)}...` : path;
}
