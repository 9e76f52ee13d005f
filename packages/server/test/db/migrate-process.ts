// Run by migrations.db.test.ts as a process of its own: brings the database up to date and prints the steps that it did.
import { openDatabase } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";

const database = openDatabase({ url: process.argv[2] ?? "" });
try {
  process.stdout.write(JSON.stringify(await migrate(database)));
} finally {
  await database.close();
}
