import fc from "fast-check";
import { slugify } from "../../src/paths/slugify.ts";

/** Any Unicode text, with more of what folding and slugs are about than chance would bring. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        "a",
        "Z",
        "é",
        "e\u0301",
        "ß",
        "ẞ",
        "İ",
        "ı",
        "Σ",
        "σ",
        "ς",
        "ا",
        "ह",
        "ि",
        "中",
        "ﬁ",
        "Å",
        "\u0323",
        "\u0301",
        "\u20DD",
        "\u200D",
        "\uFE0F",
        "🎉",
        "-",
        " ",
        ".",
        "/",
        "7",
      ),
      { maxLength: 80 },
    )
    .map((characters) => characters.join("")),
);

export const anySlug: fc.Arbitrary<string> = anyText.map(slugify).filter((slug) => slug !== "");
