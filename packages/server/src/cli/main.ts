import { enableCompileCache } from "node:module";

// Before anything large is loaded: Node keeps what it made of our sources, so that the next start need not make it again.
enableCompileCache();

// `qrcards trips list | head -1`: whoever reads has read enough.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // The terminal was closed: nobody reads any more, but a server still answers what is under way.
    if (error.code === "EIO") return;
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}

const { run } = await import("./run.ts");
await run(process.argv.slice(2));
