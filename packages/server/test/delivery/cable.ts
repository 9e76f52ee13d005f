import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A line to a PostgreSQL that can fail as lines do. */
export interface Cable {
  /** Of the database at the other end. */
  readonly url: string;
  /** Ends what is connected, and refuses what comes. */
  cut(): void;
  /** Lets nothing through, and says nothing. */
  freeze(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function layCable(databaseUrl: string): Promise<Cable> {
  const there = new URL(databaseUrl);
  const ends = new Set<Socket>();
  let state: "sound" | "cut" | "frozen" = "sound";

  const keep = (socket: Socket) => {
    ends.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => ends.delete(socket));
    if (state === "frozen") socket.pause();
  };
  const server = createServer({ pauseOnConnect: true }, (near) => {
    if (state === "cut") {
      near.destroy();
      return;
    }
    const far = connect(Number(there.port), there.hostname);
    keep(near);
    keep(far);
    near.on("data", (bytes) => far.write(bytes));
    far.on("data", (bytes) => near.write(bytes));
    near.once("close", () => far.destroy());
    far.once("close", () => near.destroy());
    if (state === "sound") near.resume();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const here = new URL(databaseUrl);
  here.port = String((server.address() as AddressInfo).port);

  return {
    url: here.href,
    cut() {
      state = "cut";
      for (const end of ends) end.destroy();
    },
    freeze() {
      state = "frozen";
      for (const end of ends) end.pause();
    },
    mend() {
      state = "sound";
      for (const end of ends) end.resume();
    },
    async close() {
      for (const end of ends) end.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
