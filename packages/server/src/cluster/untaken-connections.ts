import cluster, { type Worker } from "node:cluster";

/** What Node's round robin tells a worker with each connection, and what the worker says when it has it. */
interface HandOver {
  readonly act?: unknown;
  readonly seq?: number;
  readonly ack?: number;
}

interface Connection {
  close(): void;
}

/**
 * Sees to it that a connection does not end with a worker that never had it. Node's round robin hands a connection over and waits
 * for the worker to say that it has taken it. If the worker dies first (it was stopped, or killed just then), Node waits for
 * ever, and so does the client: the connection stays open, and is nobody's (nodejs/node-v0.x-archive#7006). Nothing of it has been read, so
 * here the dead worker is made to say that it did not take it, on which Node gives it to the next one.
 *
 * Node offers no way to that, so this knows two of its own messages, `newconn` and its acknowledgement. Should they change, nothing
 * happens here, and a test fails.
 */
export function returnUntakenConnections(worker: Worker): void {
  const { process: child } = worker;
  const untaken = new Map<number, Connection>();
  const send = child.send.bind(child) as (message: HandOver, connection?: Connection, ...rest: unknown[]) => boolean;
  const sendAndNote: typeof send = (message, connection, ...rest) => {
    if (message.act === "newconn" && message.seq !== undefined && connection !== undefined) untaken.set(message.seq, connection);
    return send(message, connection, ...rest);
  };
  child.send = sendAndNote as typeof child.send;
  child.on("internalMessage", ({ ack }: HandOver) => ack !== undefined && untaken.delete(ack));
  // It has ended, and all that it said has been heard.
  child.once("close", () => {
    // Node's own list of those who get connections may still have it: with a connection on the way it overlooks the end.
    worker.disconnect();
    const isLast = !Object.values(cluster.workers ?? {}).some((other) => other?.isConnected());
    for (const [seq, connection] of untaken) {
      // Node has closed the port with the last one, and all connections that waited.
      if (isLast) connection.close();
      else child.emit("internalMessage", { cmd: "NODE_CLUSTER", ack: seq, accepted: false });
    }
  });
}
