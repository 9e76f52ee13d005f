import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { buildApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config.ts";
import { createServices } from "../../src/services.ts";

// A server as a process of its own, for close.db.test.ts: says its port, and closes when it is told to. Nothing here ends
// the process: it must end by itself.
const services = await createServices(parseConfig(process.env));
const app = await buildApp(services);
app.server.listen(0, "127.0.0.1");
await once(app.server, "listening");
process.send!((app.server.address() as AddressInfo).port);

await once(process, "message");
await app.close();
await services.close();
process.disconnect();
