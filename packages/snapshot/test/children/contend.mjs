import { createInterface } from "node:readline";
import { openStore } from "../../dist/index.js";

// Takes the lock when told, says what came of it, and holds it until its input ends.
const collection = openStore({ dir: process.argv[2] }).collection("site");
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  if (line !== "lock") continue;
  try {
    await collection.lock("sync", { command: "contend", since: new Date() });
    console.log(JSON.stringify({ won: true, pid: process.pid }));
  } catch ({ code, pid }) {
    console.log(JSON.stringify({ won: false, code, pid }));
  }
}
