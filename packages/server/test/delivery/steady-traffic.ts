import { Agent, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { NodeId } from "../../src/trips/types.ts";
import { writeBody } from "./plant-trip.ts";
import type { TestSite } from "./test-site.ts";

const READER_PAUSE_MS = 5;
const EDITOR_PAUSE_MS = 40;

/** A page that is read all the while. Its text is a number that the editor raises. */
export interface Subject {
  /** Its addresses, each with readers of its own. */
  readonly targets: readonly string[];
  /** The page, if it is edited all the while. */
  readonly edited?: NodeId;
}

export interface TrafficOptions {
  readonly site: TestSite;
  readonly subjects: readonly Subject[];
  /** A page in memory that nobody edits. What its reader waits for is this machine, and nothing else. */
  readonly calm: string;
}

/** A stretch of the traffic. */
export interface Span {
  reads: number;
  edits: number;
  longestMs: number;
  /** Of the reads of the calm page: how long a read took because the machine was busy. */
  longestCalmMs: number;
  /** Answers other than 200, and texts older than an edit that was answered before they were asked for. */
  readonly wrong: string[];
}

/** Readers and an editor who never stop, and what they met with. */
export class SteadyTraffic {
  readonly #options: TrafficOptions;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #versions = new Map<Subject, number>();
  readonly #running: Promise<void>[] = [];
  #span = newSpan();
  #over = false;

  constructor(options: TrafficOptions) {
    this.#options = options;
    const { subjects } = options;
    for (const subject of subjects) for (const target of subject.targets) this.#running.push(this.#read(target, subject));
    this.#running.push(this.#read(options.calm), this.#edit(subjects.filter(({ edited }) => edited !== undefined)));
  }

  /** The one that has begun last. */
  get span(): Span {
    return this.#span;
  }

  /** Begins a span, and ends the one before. */
  begin(): Span {
    this.#span = newSpan();
    return this.#span;
  }

  /** A whole span: so many reads and edits, whatever else happens. */
  async pass({ reads = 150, edits = 3 } = {}): Promise<Span> {
    const span = this.begin();
    while (span.reads < reads || span.edits < edits) await pause(READER_PAUSE_MS);
    return span;
  }

  async close(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#running);
    this.#agent.destroy();
  }

  async #read(target: string, subject?: Subject): Promise<void> {
    while (!this.#over) {
      const acknowledged = subject === undefined ? 0 : this.#versionOf(subject);
      const span = this.#span;
      const startedAt = performance.now();
      const { status, text } = await this.#get(target).catch((error: Error) => ({ status: error.message, text: "" }));
      const tookMs = performance.now() - startedAt;
      if (subject === undefined) span.longestCalmMs = Math.max(span.longestCalmMs, tookMs);
      else {
        span.reads++;
        span.longestMs = Math.max(span.longestMs, tookMs);
        const seen = Number(/Version (\d+)\./.exec(text)?.[1]);
        if (status !== 200) span.wrong.push(`${target}: ${status}`);
        else if (!(seen >= acknowledged)) span.wrong.push(`${target}: version ${seen} after ${acknowledged} was acknowledged`);
      }
      await pause(READER_PAUSE_MS);
    }
  }

  async #edit(subjects: readonly Subject[]): Promise<void> {
    for (let turn = 0; !this.#over; turn++) {
      const subject = subjects[turn % subjects.length]!;
      const version = this.#versionOf(subject) + 1;
      await writeBody(this.#options.site.services, subject.edited!, `Version ${version}.`);
      this.#versions.set(subject, version);
      this.#span.edits++;
      await pause(EDITOR_PAUSE_MS);
    }
  }

  #versionOf(subject: Subject): number {
    return this.#versions.get(subject) ?? 0;
  }

  #get(path: string): Promise<{ readonly status: unknown; readonly text: string }> {
    return new Promise((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port: this.#options.site.port, path, agent: this.#agent }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          text += part;
        });
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode, text }));
      });
      sent.on("error", reject);
      sent.end();
    });
  }
}

function newSpan(): Span {
  return { reads: 0, edits: 0, longestMs: 0, longestCalmMs: 0, wrong: [] };
}
