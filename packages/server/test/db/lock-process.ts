// Run by tests as a process of its own: takes the write lock of the file, says so, and keeps it until its standard input
// ends.
import { DatabaseSync } from "node:sqlite";

const database = new DatabaseSync(process.argv[2] ?? "");
database.exec("begin immediate");
process.stdout.write("locked");
process.stdin.resume().on("end", () => {
  database.exec("commit");
  database.close();
});
