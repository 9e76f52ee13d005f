import { renderMarkdown } from "../../src/pages/markdown.ts";
import type { PageModel } from "../../src/pages/types.ts";

/** A page in the middle of a book; tests change what they are about. */
export function pageModel(changes: Partial<PageModel> = {}, source = "The text."): PageModel {
  return {
    nodeId: "0123456789ab",
    title: "What is Ownership?",
    tripTitle: "The Book",
    tripHref: "/the-book",
    language: "en",
    direction: "ltr",
    breadcrumbs: [
      { title: "The Book", href: "/the-book" },
      { title: "Ownership", href: "/the-book/ownership" },
    ],
    previous: { title: "Ownership", href: "/the-book/ownership" },
    next: { title: "Borrowing", href: "/the-book/ownership/borrowing" },
    children: [],
    moreChildren: 0,
    outline: [],
    content: renderMarkdown(source),
    canonicalUrl: "https://cards.example/the-book/ownership/what-is",
    href: "/the-book/ownership/what-is",
    indexable: true,
    hrefOf: () => null,
    ...changes,
  };
}
