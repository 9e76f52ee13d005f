import { once } from "node:events";
import { createServer, type Server } from "node:net";
import type { Config } from "../../config.ts";
import { QRCardsError } from "../../errors.ts";

type Address = Pick<Config, "port" | "host">;

/** @throws QRCardsError `port-taken`, `config-invalid` */
export async function listen(server: Server, { port, host }: Address): Promise<void> {
  server.listen({ port, host });
  try {
    await once(server, "listening");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      throw new QRCardsError("port-taken", `Port ${port} is in use already.`, { details: { port, host }, cause: error });
    if (code === "EACCES")
      throw new QRCardsError("config-invalid", `This user may not listen on port ${port}; ports from 1024 on are everybody's.`, {
        cause: error,
      });
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
      throw new QRCardsError("config-invalid", `HOST is "${host}", which is no address of this machine.`, { cause: error });
    throw error;
  }
}

/** A port that nobody listens on now. */
export async function findFreePort(host: string): Promise<number> {
  const probe = createServer();
  await listen(probe, { port: 0, host });
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
