#!/usr/bin/env node
// The `qrcards` command. In a checkout it goes through the launcher (which finds a Node that is new enough and needs no
// build); as an installed package it runs the built files.
import { existsSync } from "node:fs";

const launcher = new URL("../../../scripts/launch.mjs", import.meta.url);
const built = new URL("../dist/cli/main.js", import.meta.url);
const inCheckout = existsSync(launcher) && existsSync(new URL("../src/cli/main.ts", import.meta.url));

if (inCheckout) {
  const { main } = await import(launcher.href);
  main(["qrcards", ...process.argv.slice(2)]);
} else if (Number(process.versions.node.split(".")[0]) < 24) {
  process.stderr.write(
    `qrcards needs Node 24 or newer; this is ${process.versions.node}. Install it from https://nodejs.org and run this again.\n`,
  );
  process.exitCode = 1;
} else {
  await import(built.href);
}
