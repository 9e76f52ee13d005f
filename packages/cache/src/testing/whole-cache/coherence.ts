import { behaviour, type Script, type Theme } from "./behaviour.ts";
import { RedisProbe } from "./redis-probe.ts";
import type { Stage, StageNode } from "./stage.ts";
import { becomes, pass, until, within } from "./timing.ts";
import { check, got, NotOffered, show } from "./verdict.ts";

/** Within what time other nodes follow, when nothing is wrong. */
const FOLLOW_MS = 200;

const ROUNDS = 10;

/** Each round both nodes hold the old value, one changes it, and the other one follows. */
const othersFollow =
  (change: (node: StageNode, value: string) => Promise<unknown>): Script =>
  async (stage) => {
    const [a, b] = await stage.pair();
    await follow(stage, a, b, change);
  };

const anotherProcessFollows: Script = async (stage) => {
  const a = await stage.node();
  const b = await stage.process();
  await follow(stage, a, b, (node) => node.delete("k"));
};

async function follow(
  stage: Stage,
  a: StageNode,
  b: StageNode,
  change: (node: StageNode, value: string) => Promise<unknown>,
): Promise<void> {
  for (let round = 1; round <= ROUNDS; round++) {
    await Promise.all([a.read("k"), b.read("k")]);
    await stage.quiet();
    stage.origin.write("k", `v${round}`);
    await change(a, `v${round}`);
    await becomes("the other node", () => b.read("k"), `v${round}`, FOLLOW_MS);
  }
}

const valuesStayOffTheBus: Script = async (stage) => {
  const listener = await RedisProbe.connect(stage.redis.url);
  try {
    const [a, b] = await stage.pair();
    await Promise.all([a.read("warm"), b.read("warm")]);
    await listener.hearEverything();
    stage.origin.write("k", "a-value-that-is-secret");
    await a.read("k");
    await b.read("k");
    await a.set("k", "another-value-that-is-secret");
    await a.delete("k");
    await stage.quiet();
    if (listener.messages.length === 0) throw new NotOffered("bus");
    const leaked = listener.messages.find((message) => message.includes("that-is-secret"));
    check(leaked === undefined, () => `a message carried a value: ${show(leaked)}`);
  } finally {
    listener.close();
  }
};

const simultaneousSetsConverge: Script = async (stage) => {
  const [a, b] = await stage.pair();
  for (let round = 1; round <= ROUNDS; round++) {
    await Promise.all([a.set("k", `a${round}`), b.set("k", `b${round}`)]);
    await stage.quiet();
    await pass(FOLLOW_MS);
    const [atA, atB] = await Promise.all([a.read("k"), b.read("k")]);
    check(atA === atB, `after both set it at once, one node says ${show(atA)} and the other one ${show(atB)}`);
    check(atA === `a${round}` || atA === `b${round}`, `after both set it at once, both say ${show(atA)}`);
  }
};

/** What happens to the messages between the nodes, just as one of them is sent. */
const messageIsLost =
  (lose: (stage: Stage, b: StageNode) => Promise<unknown>, repair: (b: StageNode) => Promise<unknown>): Script =>
  async (stage) => {
    stage.needs("l1");
    const [a, b] = await stage.pair();
    stage.origin.write("k", "old");
    await Promise.all([a.read("k"), b.read("k")]);
    await stage.quiet();
    await lose(stage, b);
    stage.origin.write("k", "new");
    await a.delete("k");
    await repair(b);
    await becomes("the node that missed the message", () => b.read("k"), "new", stage.adapter.documents.stalenessBoundMs ?? 5_000);
  };

const boundIsAMetric: Script = async (stage) => {
  const documentedMs = stage.adapter.documents.stalenessBoundMs;
  const a = await stage.node();
  const bound = () => {
    const { stalenessBoundMs } = a.counts();
    if (documentedMs === undefined || stalenessBoundMs === undefined) throw new NotOffered("staleness bound");
    return stalenessBoundMs;
  };
  await a.read("k");
  await until(
    () => bound() <= (documentedMs ?? 0),
    1_000,
    () => `the bound was ${bound()} ms, and ${documentedMs} ms are documented`,
  );
  await a.network.cut();
  await until(
    () => bound() > (documentedMs ?? 0),
    5_000,
    () => `5 s after it lost Redis, it said that it was at most ${bound()} ms behind`,
  );
};

const FOREIGN_MESSAGES = ["", "{}", "null", '{"type":"delete","v":999}', "\u0000\u0001\u0002", "x".repeat(100_000)];

const foreignMessages: Script = async (stage) => {
  const a = await stage.node();
  const b = await stage.process();
  const listener = await RedisProbe.connect(stage.redis.url);
  try {
    await Promise.all([a.read("warm"), b.read("warm")]);
    const channels = (await stage.probe.command("PUBSUB", "CHANNELS", "*")) as string[];
    if (channels.length === 0) throw new NotOffered("bus");
    await listener.hearEverything();
    stage.origin.write("k", "v");
    await b.read("k");
    await a.delete("warm");
    await stage.quiet();
    // Twice, and in the wrong order, what the nodes said themselves; then what they never would.
    const own = listener.messages.filter((message) => message.length > 0).reverse();
    for (const channel of channels) {
      for (const message of [...own, ...own, ...FOREIGN_MESSAGES]) await stage.probe.command("PUBLISH", channel, message);
      await stage.probe.command("PUBLISH", channel, Uint8Array.of(0xff, 0x00, 0xfe, 0x01));
    }
    await stage.quiet();
    got("a read after foreign messages", await within(1_000, "a read after foreign messages", b.read("k")), "v");
    await follow(stage, a, b, (node) => node.delete("k"));
    const unhandled = await b.process.task("unhandled");
    check(unhandled.length === 0, () => `nobody handled: ${unhandled[0]}`);
  } finally {
    listener.close();
  }
};

const readYourWrites: Script = async (stage) => {
  const a = await stage.node();
  for (let round = 1; round <= 50; round++) {
    await a.set("k", `set ${round}`);
    got("the read after its own set", await a.read("k"), `set ${round}`);
    stage.origin.write("k", `edit ${round}`);
    await a.delete("k");
    got("the read after its own delete", await a.read("k"), `edit ${round}`);
  }
};

export const coherence: Theme = {
  heading: "Coherence",
  behaviours: [
    behaviour("a delete or set reaches other nodes within 200 ms", {
      delete: othersFollow((node) => node.delete("k")),
      set: othersFollow((node, value) => node.set("k", value)),
      "another process": anotherProcessFollows,
    }),
    behaviour("values never travel on the bus", valuesStayOffTheBus),
    behaviour("two nodes that set at once converge", simultaneousSetsConverge),
    behaviour("a lost subscription is repaired within the staleness bound", {
      "Redis drops the subscriber": messageIsLost(
        async (stage, b) => {
          // Else it might subscribe again before the message is sent.
          b.network.pause("toTarget");
          await stage.probe.command("CLIENT", "KILL", "TYPE", "pubsub");
        },
        async (b) => b.network.resume(),
      ),
      "the network is gone for a moment": messageIsLost(
        (_, b) => b.network.cut(),
        (b) => b.network.heal(),
      ),
    }),
    behaviour("the staleness bound is documented, and a metric", boundIsAMetric),
    behaviour("duplicated, reordered and foreign messages do no harm", foreignMessages),
    behaviour("a node reads its own writes", readYourWrites),
  ],
};
