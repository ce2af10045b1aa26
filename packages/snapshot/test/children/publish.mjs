import { openStore } from "../../dist/index.js";

// Publishes one generation after the other until it is killed; speaks when two were.
const [, , dir, round] = process.argv;
const collection = openStore({ dir }).collection("site");
await collection.lock("sync", { command: "publish", since: new Date() });
collection.prepare();
const now = new Date();
for (let count = 0; ; count += 1) {
  const builder = collection.newTree(`r${round.padStart(2, "0")}-${count}`);
  const latest = collection.latest();
  for (const file of latest?.files() ?? [])
    if (file.path.startsWith("lib/")) builder.link(`${latest.path}/${file.path}`, file);
  builder.write("index.html", Buffer.from(`round ${round}, ${count}`), now);
  for (let index = 0; index < 50; index += 1)
    if (!builder.has(`lib/0/${index}`))
      builder.write(`lib/0/${index}`, Buffer.from(`${index} `.repeat(1000)), now);
  const store = await collection.lock("store", { command: "publish", since: new Date() });
  const tree = await builder.seal({ created: new Date(), facts: { round } });
  collection.showLinks("latest", ["lib"]);
  collection.swap("latest", tree);
  if (count > 0 || round !== "0") collection.sweep({ now: new Date(), grace: 0 });
  store.release();
  if (count === (round === "0" ? 1 : 0)) console.log("published");
}
