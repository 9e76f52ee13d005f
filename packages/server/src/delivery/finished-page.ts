import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { formatEtag, matchesEtag } from "../http/conditional.ts";
import { acceptedEncodings, type Encoding } from "../http/encoding.ts";
import type { Reply } from "./reply.ts";

/** What `freshness.isCurrent` judges a page by. */
export interface Provenance {
  readonly tag: string;
  readonly version: number;
  readonly generation: number;
}

interface Variant {
  readonly body: Uint8Array;
  readonly etag: string;
  readonly reply: Reply;
  readonly notModified: Reply;
}

const gzipAsync = promisify(gzip);
const brotliAsync = promisify(brotliCompress);

/**
 * A page as it goes out, in each encoding: ready buffers and ready header lists, so that answering is one write.
 * The first reader gets it as it is; gzip and brotli are made beside, off the event loop.
 */
export class FinishedPage implements Provenance {
  readonly tag: string;
  readonly version: number;
  readonly generation: number;
  readonly #headers: readonly string[];
  readonly #etag: string;
  #identity: Variant;
  #gzip: Variant | undefined;
  #br: Variant | undefined;

  /** @param headers flat, without those that differ by encoding */
  constructor(html: string, headers: readonly string[], provenance: Provenance) {
    this.tag = provenance.tag;
    this.version = provenance.version;
    this.generation = provenance.generation;
    this.#headers = headers;
    const body = Buffer.from(html, "utf8");
    this.#etag = formatEtag(body);
    this.#identity = this.#variant(body, "identity");
  }

  /** In memory, with the encodings to come (about a third of the text). */
  get sizeBytes(): number {
    return Math.ceil(this.#identity.body.byteLength * 1.5) + 2_000;
  }

  reply(acceptEncoding: string | undefined, ifNoneMatch: string | undefined): Reply {
    const held = ifNoneMatch === undefined ? undefined : this.#heldBy(ifNoneMatch);
    return held?.notModified ?? this.#choose(acceptEncoding).reply;
  }

  /** Whoever holds one of our encodings holds the page; the 304 carries the tag of the one they hold (RFC 9111 §4.3.4). */
  #heldBy(ifNoneMatch: string): Variant | undefined {
    return [this.#br, this.#gzip, this.#identity].find((variant) => variant !== undefined && matchesEtag(ifNoneMatch, variant.etag));
  }

  #choose(acceptEncoding: string | undefined): Variant {
    for (const encoding of acceptedEncodings(acceptEncoding)) {
      const variant = encoding === "br" ? this.#br : encoding === "gzip" ? this.#gzip : this.#identity;
      if (variant !== undefined) return variant;
    }
    return this.#identity;
  }

  /** Makes the smaller encodings. Quality 5: 9 and more cost ten times the time for a few percent. */
  async compress(): Promise<void> {
    const { body } = this.#identity;
    const [small, smaller] = await Promise.all([
      gzipAsync(body, { level: 6 }),
      brotliAsync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: body.byteLength } }),
    ]);
    this.#gzip = this.#variant(small, "gzip");
    this.#br = this.#variant(smaller, "br");
  }

  #variant(body: Uint8Array, encoding: Encoding): Variant {
    // A strong tag is of these very bytes, so each encoding has its own (RFC 9110, 8.8.3.3).
    const etag = encoding === "identity" ? this.#etag : this.#etag.replace(/"$/, `-${encoding}"`);
    const shared = ["ETag", etag, "Vary", "Accept-Encoding", ...this.#headers];
    const encoded = encoding === "identity" ? [] : ["Content-Encoding", encoding];
    return {
      body,
      etag,
      reply: { status: 200, headers: ["Content-Length", String(body.byteLength), ...encoded, ...shared], body },
      notModified: { status: 304, headers: shared, body: "" },
    };
  }
}
