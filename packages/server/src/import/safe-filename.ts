/** A file's name with only what can stand in an address, in Markdown and on any disk. */
export function safeFilename(name: string): string {
  const safe = name
    .normalize("NFC")
    .replace(/[^\p{L}\p{M}\p{N}._-]+/gu, "-")
    .replace(/^[.-]+/, "");
  // The end has the extension.
  return [...safe].slice(-80).join("") || "file";
}
