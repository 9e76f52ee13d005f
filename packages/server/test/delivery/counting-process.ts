import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { buildApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config.ts";
import { createServices } from "../../src/services.ts";

// A server as a process of its own, for tests with Redis. Says its port; to each message it answers with the statements that its
// database was asked since the last one; a message "close" ends it. Polls as `POLLS` says, in JSON.
let statements: string[] = [];
const polls = JSON.parse(process.env.POLLS ?? "{}");
const services = await createServices(parseConfig(process.env), { polls, onStatement: (sql) => statements.push(sql) });
const app = await buildApp(services);
app.server.listen(0, "127.0.0.1");
await once(app.server, "listening");

process.on("message", (message) => {
  if (message === "close") void close();
  else {
    process.send!(statements);
    statements = [];
  }
});
statements = [];
process.send!((app.server.address() as AddressInfo).port);

async function close(): Promise<void> {
  await app.close();
  await services.close();
  process.disconnect();
}
