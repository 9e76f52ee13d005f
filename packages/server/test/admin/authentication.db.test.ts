import { afterAll, beforeAll, expect, test } from "vitest";
import { createToken, listTokens, revokeToken } from "../../src/admin/tokens.ts";
import { eachDatabase } from "../support/databases.ts";
import { problemOf, startApi, type TestApi } from "./api-server.ts";

const HOUR_MS = 3_600_000;

eachDatabase((makeDatabase) => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi(await makeDatabase());
  });
  afterAll(() => api.close());

  const list = (text: string) => api.clientWith(text).listTrips();
  const newToken = (expiresInMs: number | null = null, at = Date.now()) =>
    createToken(api.db, { name: " deploy ", scopes: ["read"], expiresInMs }, at);

  test("a token is shown once; what is stored cannot be used", async () => {
    const { text, token } = await newToken(HOUR_MS);
    expect(text).toMatch(/^qrc_[0-9a-z]{12}_[A-Za-z0-9_-]{43}$/);
    expect(token).toMatchObject({ name: "deploy", scopes: ["read"], revokedAt: null, lastUsedAt: null });
    expect(token.expiresAt!.getTime() - token.createdAt.getTime()).toBe(HOUR_MS);
    const row = await api.db.selectFrom("tokens").selectAll().where("id", "=", token.id).executeTakeFirstOrThrow();
    expect(JSON.stringify(row)).not.toContain(text.split("_").slice(2).join("_"));
    expect(await problemOf(list(`qrc_${token.id}_${row.hash.slice(0, 43)}`))).toMatchObject({ code: "unauthorized" });
    expect(await listTokens(api.db)).toContainEqual(token);
  });

  test("a revoked token ends with the next request, and stays revoked", async () => {
    const { text, token } = await newToken();
    await list(text);
    const revoked = await revokeToken(api.db, token.id);
    expect(revoked.revokedAt).not.toBe(null);
    expect(await problemOf(list(text))).toMatchObject({ status: 401, code: "unauthorized", detail: "The token was revoked." });
    // When it was last used is written beside the request, and may come after.
    const { lastUsedAt: _, ...facts } = revoked;
    expect(await revokeToken(api.db, token.id, Date.now() + HOUR_MS)).toMatchObject(facts);
    await expect(revokeToken(api.db, "000000000000")).rejects.toMatchObject({ code: "not-found" });
  });

  test("a token expires", async () => {
    const { text } = await newToken(HOUR_MS, Date.now() - HOUR_MS);
    expect(await problemOf(list(text))).toMatchObject({ status: 401, code: "unauthorized", detail: "The token has expired." });
    await list((await newToken(HOUR_MS, Date.now() - HOUR_MS + 60_000)).text);
  });

  test("a token needs a name, known scopes and a future", async () => {
    const refused = (change: object) => expect(createToken(api.db, { name: "x", scopes: ["read"], expiresInMs: null, ...change })).rejects;
    await refused({ name: " " }).toMatchObject({ code: "validation-failed" });
    await refused({ name: "x".repeat(101) }).toMatchObject({ code: "validation-failed" });
    await refused({ scopes: [] }).toMatchObject({ code: "validation-failed" });
    await refused({ scopes: ["read", "write"] }).toMatchObject({ code: "validation-failed", message: expect.stringContaining("write") });
    await refused({ expiresInMs: 0 }).toMatchObject({ code: "validation-failed" });
    await refused({ expiresInMs: Number.NaN }).toMatchObject({ code: "validation-failed" });
  });

  test("its last use is written down, at most once a minute", async () => {
    const { text, token } = await newToken();
    const lastUse = async () => (await listTokens(api.db)).find((one) => one.id === token.id)!.lastUsedAt;
    await list(text);
    const first = await waitFor(lastUse);
    await list(text);
    await list(text);
    expect(await lastUse()).toEqual(first);
    const old = Date.now() - 60_000;
    await api.db.updateTable("tokens").set({ last_used_at: old }).where("id", "=", token.id).execute();
    await list(text);
    await waitFor(async () => ((await lastUse())!.getTime() > old ? true : undefined));
  });

  test.each([
    ["nothing", undefined],
    ["an empty field", ""],
    ["another scheme", "Basic cXJjOnFyYw=="],
    ["no token", "Bearer"],
    ["something else", "Bearer hello"],
    ["two tokens", "Bearer qrc_1 qrc_2"],
    ["a token that never was", `Bearer qrc_000000000000_${"A".repeat(43)}`],
    ["a token cut short", `Bearer qrc_000000000000_${"A".repeat(42)}`],
    ["SQL", `Bearer qrc_' or 1=1 --_${"A".repeat(43)}`],
    ["16 KiB", `Bearer ${"q".repeat(12_000)}`],
  ])("%s opens nothing", async (_what, authorization) => {
    const response = await fetch(`${api.url}/api/trips`, authorization === undefined ? {} : { headers: { authorization } });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Bearer realm="QRCards"');
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ status: 401, code: "unauthorized" });
  });

  test("the secret of one token does not open another", async () => {
    const [one, other] = [await newToken(), await newToken()];
    const mixed = one.text.replace(one.token.id, other.token.id);
    expect(await problemOf(list(mixed))).toMatchObject({ status: 401, detail: "The token is not valid." });
  });

  test("the scheme's case does not matter", async () => {
    const { text } = await newToken();
    expect((await fetch(`${api.url}/api/trips`, { headers: { authorization: `bearer ${text}` } })).status).toBe(200);
  });

  test("who has no token is refused before the body is read", async () => {
    const response = await fetch(`${api.url}/api/trips`, {
      method: "POST",
      body: "{ not JSON",
      headers: { "content-type": "application/json" },
    });
    expect(response.status).toBe(401);
  });
});

eachDatabase((makeDatabase) => {
  test("too many invalid tokens from one address get 429, a valid one still passes", async () => {
    const api = await startApi(await makeDatabase());
    try {
      const statuses: number[] = [];
      for (let count = 0; count < 21; count += 1) {
        const response = await fetch(`${api.url}/api/trips`, { headers: { authorization: "Bearer wrong" } });
        statuses.push(response.status);
        if (response.status !== 429) continue;
        expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
        expect(await response.json()).toMatchObject({ code: "rate-limited" });
      }
      expect(statuses).toEqual([...Array(20).fill(401), 429]);
      expect((await api.send("GET", "/api/trips")).status).toBe(200);
    } finally {
      await api.close();
    }
  });
});

/** What happens after an answer is seen soon after it. */
async function waitFor<T>(look: () => Promise<T | null | undefined>): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined) return seen;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
