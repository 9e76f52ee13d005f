/** Words that a store could take for one another, or for something else than a word. */
export const STRANGE_WORDS: readonly string[] = [
  ...["word", "WORD", "word ", "a", "a:b", "a:b:c", "=a", "#a", "~=a", "{a}", "{b}a", "{", "*", "[a-z]*", "?", "\\", "'", '"', "%s", "$1"],
  ...["\n", "\r\n", "\0", "\0\0", "0", "-1", "1e3", "é", "e\u0301", "ключ", "🗝", "k".repeat(1_024)],
];
