declare module "markdown-it-footnote" {
  import type { MarkdownIt } from "markdown-it";

  const footnote: (md: MarkdownIt) => void;
  // biome-ignore lint/style/noDefaultExport: describes a package that has one
  export default footnote;
}
