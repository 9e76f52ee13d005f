/** What `openDatabase` opens: `sqlite:PATH` or `postgres://...`. */
export function isDatabaseUrl(text: string): boolean {
  return /^(sqlite:.|postgres(ql)?:\/\/)/.test(text);
}
