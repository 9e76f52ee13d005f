/** The last part of a path, with only what can stand in an address, in Markdown and on any disk. */
export function safeFilename(path: string): string {
  const name = path.split(/[/\\]/).at(-1) ?? "";
  const safe = name.normalize("NFC").replace(/[^\p{L}\p{M}\p{N}._-]+/gu, "-");
  // The end has the extension. By code points, since half a surrogate pair has no address; leading dots last, since the cut
  // may lay them bare.
  return (
    [...safe]
      .slice(-80)
      .join("")
      .replace(/^[.-]+/, "") || "file"
  );
}
