import type { NotFoundModel } from "./types.ts";

/** The words of the pages that readers see. One language so far; another becomes a second object of this shape. */
export const WORDS = {
  language: "en",
  direction: "ltr",

  // Around a page
  library: "Library",
  skip: "Skip to the text",
  trail: "You are here",
  contents: "Contents",
  onThisPage: "On this page",
  more: (count: number) => `and ${count.toLocaleString("en")} more`,
  pages: (count: number) => (count === 1 ? "1 page" : `${count.toLocaleString("en")} pages`),
  turn: "Previous and next page",
  previous: "Previous",
  next: "Next",
  thisPageAs: "This page as",
  markdown: "Markdown",
  json: "JSON",
  qrCode: "QR code",

  // Within a text
  image: "Image",
  imageMissing: "This image is not here",
  table: "Table",
  footnote: "Footnote",
  footnotes: "Footnotes",
  backToText: "Back to the text",
  done: "Done",
  toDo: "To do",
  deadLink: "This page is no longer here",
  plainFallback: "This text could not be laid out in time, so it is shown as it was written.",
  callouts: { note: "Note", tip: "Tip", important: "Important", warning: "Warning", caution: "Caution" },

  // Pages of their own
  emptyLibrary: "Nothing is published here yet.",
  libraryDescription: "Everything published here.",
  youMayWant: "You may be looking for",
  nearest: "The nearest page that exists",
  toLibrary: "Go to the library",
  notFound: {
    unknown: { title: "There is no page at this address", text: "It may have been mistyped, or it never was here." },
    "card-code-invalid": {
      title: "This card code was misread",
      text: "One of its characters does not fit the others. Look at the card again: a code has eight characters, and never the letters I, L, O or U.",
    },
    "card-malformed": {
      title: "This is no card code",
      text: "A code has eight characters: digits, and letters without I, L, O and U. Look at the card again.",
    },
    "card-unknown": { title: "No card has this code", text: "The code is well-formed, but no card with it was ever made here." },
    "not-published": { title: "This page is not published yet", text: "Its address is right. Come back when its author has published it." },
  } satisfies Record<NotFoundModel["reason"], { title: string; text: string }>,
  gone: {
    title: "This page was taken down",
    was: "It was called",
    partOf: "and was part of",
    since: "Its authors deleted it on",
  },
  /** By error code, where what the catalogue advises is not for readers. */
  problems: {
    "bad-target": { title: "This address cannot be read", help: "Check it against where you have it from." },
    "target-too-long": { title: "This address is too long", help: "Check it against where you have it from." },
    busy: { title: "This page cannot be shown right now", help: "Nothing is lost. Try again in a few seconds." },
    "database-unavailable": { title: "This page cannot be shown right now", help: "Nothing is lost. Try again in a few seconds." },
    "storage-full": {
      title: "This page cannot be shown right now",
      help: "Nothing is lost. Tell whoever runs this site that its disk is full.",
    },
    internal: {
      title: "Something went wrong on the server",
      help: "Try again. If it happens once more, tell whoever runs this site, with the number below.",
    },
  },
  card: { title: "This card leads to", code: "Card", open: "Open the page" },
} as const;
