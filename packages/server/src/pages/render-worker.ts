import { parentPort } from "node:worker_threads";
import { renderMarkdown } from "./markdown.ts";

/** One message in, a source; one message out, its content. What throws here ends the thread, and the pool answers with plain text. */
parentPort!.on("message", (source: string) => parentPort!.postMessage(renderMarkdown(source)));
parentPort!.postMessage("ready");
