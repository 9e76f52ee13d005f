import { once } from "node:events";
import { connect } from "node:net";
import { expect, inject, test } from "vitest";

const redisUrl = inject("redisUrl");

test.skipIf(redisUrl === undefined)("the Redis of the tests answers, and keeps nothing on disk", async () => {
  const { hostname, port } = new URL(redisUrl ?? "");
  const socket = connect(Number(port), hostname).setEncoding("utf8");
  try {
    socket.end("PING\r\nCONFIG GET save\r\n");
    let answer = "";
    socket.on("data", (chunk: string) => {
      answer += chunk;
    });
    await once(socket, "close");
    expect(answer).toBe("+PONG\r\n*2\r\n$4\r\nsave\r\n$0\r\n\r\n");
  } finally {
    socket.destroy();
  }
});
