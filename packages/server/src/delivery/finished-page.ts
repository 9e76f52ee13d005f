import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { formatEtag, matchesEtag } from "../http/conditional.ts";
import { acceptedEncodings, type Encoding } from "../http/encoding.ts";
import { HIT } from "./cache-status.ts";
import type { Reply } from "./reply.ts";

/** What `freshness.isCurrent` judges a page by. */
export interface Provenance {
  readonly tag: string;
  readonly version: number;
  readonly generation: number;
}

/** Stands first in every list of headers, as all that are kept are for answers from memory. */
const HIT_HEADER: readonly string[] = ["cache-status", HIT];

const ENCODINGS = ["br", "gzip", "identity"] as const satisfies readonly Encoding[];

const gzipAsync = promisify(gzip);
const brotliAsync = promisify(brotliCompress);

/** Quality 5: 9 and more cost ten times the time for a few percent. */
const COMPRESSORS: Readonly<Record<Exclude<Encoding, "identity">, (html: Uint8Array) => Promise<Uint8Array>>> = {
  gzip: (html) => gzipAsync(html, { level: 6 }),
  br: (html) => brotliAsync(html, { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: html.byteLength } }),
};

/**
 * A page as it goes out, in each encoding: ready buffers and ready header lists, so that answering is one write.
 * The first reader gets it as it is; the encoding that would have been better is made beside, off the event loop.
 */
export class FinishedPage implements Provenance {
  readonly tag: string;
  readonly version: number;
  readonly generation: number;
  readonly #html: Uint8Array;
  /** For each encoding, the ones not made yet too: their tags are known, and a reader may hold them from before. */
  readonly #notModified: Readonly<Record<Encoding, Reply & { readonly etag: string }>>;
  readonly #replies: Partial<Record<Encoding, Reply>> & { identity: Reply };
  readonly #making = new Set<Encoding>();

  /** @param headers flat, without those that differ by encoding */
  constructor(html: string, headers: readonly string[], provenance: Provenance) {
    this.tag = provenance.tag;
    this.version = provenance.version;
    this.generation = provenance.generation;
    this.#html = Buffer.from(html, "utf8");
    const tag = formatEtag(this.#html);
    const notModified = (etag: string) => ({
      status: 304,
      headers: [...HIT_HEADER, "etag", etag, "vary", "Accept-Encoding", ...headers],
      body: "",
      etag,
    });
    this.#notModified = {
      // A strong tag is of these very bytes, so each encoding has its own (RFC 9110 §8.8.3.3).
      br: notModified(tag.replace(/"$/, '-br"')),
      gzip: notModified(tag.replace(/"$/, '-gzip"')),
      identity: notModified(tag),
    };
    this.#replies = { identity: this.#reply("identity", this.#html) };
  }

  /** In memory, with the encodings to come (about a third of the text). */
  get sizeBytes(): number {
    return Math.ceil(this.#html.byteLength * 1.5) + 2_000;
  }

  /** From memory: ready as it is. */
  reply(acceptEncoding: string | undefined, ifNoneMatch: string | undefined): Reply {
    return (ifNoneMatch !== undefined && this.#heldBy(ifNoneMatch)) || this.#choose(acceptEncoding);
  }

  /** For a reader for whom it was made: without the word that it was held. */
  firstReply(acceptEncoding: string | undefined, ifNoneMatch: string | undefined): Reply {
    const reply = this.reply(acceptEncoding, ifNoneMatch);
    return { ...reply, headers: reply.headers.slice(HIT_HEADER.length) };
  }

  /** Whoever holds the page in any encoding holds the page; the 304 carries the tag of the one they hold (RFC 9110 §15.4.5). */
  #heldBy(ifNoneMatch: string): Reply | undefined {
    for (const encoding of ENCODINGS) {
      const reply = this.#notModified[encoding];
      if (matchesEtag(ifNoneMatch, reply.etag)) return reply;
    }
    return undefined;
  }

  /** The best that is at hand. */
  #choose(acceptEncoding: string | undefined): Reply {
    const accepted = acceptedEncodings(acceptEncoding);
    for (const encoding of accepted) {
      const reply = this.#replies[encoding];
      if (reply !== undefined) return reply;
      // A better one is made from now on, for the next reader.
      if (encoding === accepted[0]) void this.#make(encoding);
    }
    return this.#replies.identity;
  }

  /** Once, and only what somebody asked for: compressing takes longer than all the rest of a page. */
  async #make(encoding: Encoding): Promise<void> {
    if (encoding === "identity" || this.#making.has(encoding)) return;
    this.#making.add(encoding);
    const body = await COMPRESSORS[encoding](this.#html).catch(() => undefined);
    // Where there is no memory to compress it, the page goes out as it is.
    if (body !== undefined) this.#replies[encoding] = this.#reply(encoding, body);
  }

  #reply(encoding: Encoding, body: Uint8Array): Reply {
    const encoded = encoding === "identity" ? [] : ["content-encoding", encoding];
    return { status: 200, headers: [...this.#notModified[encoding].headers, ...encoded, "content-length", String(body.byteLength)], body };
  }
}
