import { LOCAL_LIMITS, type SourceLimits, type SourceTree } from "../../src/import/source-tree.ts";

/** A source made of texts and bytes, for tests that need no disk. */
export function memoryTree(files: Readonly<Record<string, string | Uint8Array>>, limits: SourceLimits = LOCAL_LIMITS): SourceTree {
  return {
    name: "memory",
    paths: Object.keys(files).sort(),
    limits,
    read: async (path) => {
      const content = files[path]!;
      return typeof content === "string" ? new TextEncoder().encode(content) : content;
    },
    close: async () => {},
  };
}
