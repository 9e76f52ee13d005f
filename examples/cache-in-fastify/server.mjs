import { setTimeout } from "node:timers/promises";
import { createCache } from "@qrcards/cache";
import { redis } from "@qrcards/cache/redis";
import fastify from "fastify";

const url = process.env.REDIS_URL ?? "redis://127.0.0.1:6379";
const cache = createCache({ namespace: "shop", l2: redis({ url }), policy: { ttlMs: 60_000, graceMs: 3_600_000 } });

// Your database: slow, and each question to it costs.
const products = new Map([["1", { name: "Lamp", price: 20 }]]);
const findProduct = async (id) => {
  await setTimeout(200);
  return products.get(id);
};

const app = fastify({ logger: { level: "warn" } });

app.get("/products/:id", async ({ params: { id } }, reply) => {
  const product = await cache.getOrLoad(`product:${id}`, () => findProduct(id), { tags: ["products"] });
  return product ?? reply.callNotFound();
});

app.put("/products/:id", async ({ params: { id }, body }) => {
  products.set(id, body); // your transaction; after its commit:
  return { everywhere: await cache.delete(`product:${id}`) };
});

app.get("/cache", () => cache.stats());
app.get("/cache/:key", ({ params: { key } }) => cache.explain(key));

app.addHook("onClose", () => cache.close());
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void app.close());
console.log(await app.listen({ port: Number(process.env.PORT ?? 3000) }));
