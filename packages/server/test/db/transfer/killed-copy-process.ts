// Run by copy-database.db.test.ts as a process of its own: copies from the first database to the second one, over what is
// there, and is killed when it comes to the named table.
import { copyDatabase } from "../../../src/db/transfer/copy-database.ts";

const [from = "", to = "", killedAt] = process.argv.slice(2);
await copyDatabase({
  from,
  to,
  replace: true,
  onProgress: (table) => {
    if (table === killedAt) process.kill(process.pid, "SIGKILL");
  },
});
