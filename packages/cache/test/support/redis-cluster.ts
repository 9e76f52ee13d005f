import { vi } from "vitest";
import { findFreePort } from "../../../../scripts/services/start-service.mjs";
import { SLOTS } from "../../src/redis/slot.ts";
import { type RedisServer, startRedisServer } from "./redis-server.ts";

/** In a cluster of the tests; each has a replica. */
export const MASTERS = 3;

/** Three masters and three replicas. The first ones are the masters, until one fails. */
export async function startRedisCluster(): Promise<readonly RedisServer[]> {
  const nodes = await Promise.all(Array.from({ length: 2 * MASTERS }, () => startClusterNode()));
  await formCluster(nodes);
  return nodes;
}

/** A node that waits to be told what cluster it is in. */
export async function startClusterNode(port?: number): Promise<RedisServer> {
  const timing = [
    "--cluster-node-timeout",
    "1000",
    "--cluster-replica-validity-factor",
    "0",
    "--cluster-require-full-coverage",
    "no",
    "--repl-diskless-sync-delay",
    "0",
  ];
  const args = ["--cluster-enabled", "yes", "--cluster-port", `${await findFreePort()}`, ...timing];
  return startRedisServer({ args, ...(port === undefined ? {} : { port }) });
}

export const idOf = async (node: RedisServer) => `${await node.command(["CLUSTER", "MYID"])}`;
export const busPortOf = async (node: RedisServer) =>
  ((await node.command(["CONFIG", "GET", "cluster-port"])) as Record<string, string>)["cluster-port"]!;

export const infoOf = async (node: RedisServer) => `${await node.command(["CLUSTER", "INFO"])}`;
export const isMaster = async (node: RedisServer) => ((await node.command(["ROLE"])) as unknown[])[0] === "master";

/** Three masters with a third of the slots each, and a replica of each. */
async function formCluster(nodes: readonly RedisServer[]): Promise<void> {
  for (const [index, node] of nodes.slice(0, MASTERS).entries()) {
    const [from, to] = [index, index + 1].map((part) => Math.floor((part * SLOTS) / MASTERS)) as [number, number];
    await node.command(["CLUSTER", "ADDSLOTSRANGE", `${from}`, `${to - 1}`]);
    await node.command(["CLUSTER", "SET-CONFIG-EPOCH", `${index + 1}`]);
  }
  for (const node of nodes.slice(1)) await nodes[0]!.command(["CLUSTER", "MEET", "127.0.0.1", `${node.port}`, await busPortOf(node)]);
  const everybodyKnown = async () =>
    (await Promise.all(nodes.map(infoOf))).every((info) => info.includes(`cluster_known_nodes:${nodes.length}`));
  await vi.waitUntil(everybodyKnown, { timeout: 30_000, interval: 100 });
  for (const [index, node] of nodes.slice(MASTERS).entries()) await node.command(["CLUSTER", "REPLICATE", await idOf(nodes[index]!)]);
  await settled(nodes);
}

/** When all is well again: every slot has a master, every replica its data. */
export async function settled(nodes: readonly RedisServer[]): Promise<void> {
  const well = async (node: RedisServer) => {
    const [info, replication] = [await infoOf(node), `${await node.command(["INFO", "replication"])}`];
    const link = replication.includes("role:master") ? replication.includes("state=online") : replication.includes("master_link_status:up");
    return link && info.includes("cluster_state:ok") && info.includes("cluster_slots_fail:0");
  };
  await vi.waitUntil(async () => (await Promise.all(nodes.map((node) => well(node).catch(() => false)))).every(Boolean), {
    timeout: 60_000,
    interval: 100,
  });
}

/** Which server has which slot now. */
export async function findOwners(nodes: readonly RedisServer[]): Promise<(slot: number) => RedisServer> {
  const ranges = (await Promise.any(nodes.map((node) => node.command(["CLUSTER", "SLOTS"])))) as [number, number, [string, number]][];
  return (slot) => {
    const range = ranges.find(([from, to]) => from <= slot && slot <= to);
    return nodes.find((node) => node.port === range![2][1])!;
  };
}
