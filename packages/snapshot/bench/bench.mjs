import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../dist/index.js";

// npm run bench [-- files [rounds]]: named snapshots beside what cp and rm do with the same tree.
// Set TMPDIR to choose the disk. Needs the built package.
const files = Number(process.argv[2] ?? 60_000);
const rounds = Number(process.argv[3] ?? 7);
const PER_DIRECTORY = 20;
const LISTED = 30;

const dir = mkdtempSync(join(tmpdir(), "snapshot-bench-"));
process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
const now = new Date();
const note = { at: now, by: { user: "bench", host: "here" }, command: "bench", kind: "promote" };
const collection = openStore({ dir }).collection("bench");
collection.prepare();
const builder = collection.newTree("g1");
for (let count = 0; count < files; count += 1) {
  const name = `package${Math.floor(count / PER_DIRECTORY)}`;
  const path = `pool/main/${name.slice(-1)}/${name}/${name}_1.${count % PER_DIRECTORY}-1_amd64.deb`;
  builder.write(path, Buffer.from(`${count}`), now);
}
const tree = await builder.seal({ created: now, facts: { kind: "bench" } });
collection.swap("latest", tree);

const run = (command, ...args) => execFileSync(command, args, { stdio: "inherit" });
const copy = join(dir, "copy");
const times = new Map();
async function measure(name, action) {
  // What others left to write must not be waited for here.
  run("sync", "-f", dir);
  const start = performance.now();
  await action();
  const all = times.get(name) ?? [];
  times.set(name, [...all, performance.now() - start]);
}

for (let round = 0; round < rounds; round += 1) {
  await measure("cp -al", () => run("cp", "-al", tree.path, copy));
  await measure("rm -rf", () => run("rm", "-rf", copy));
  await measure("cp -al, then sync -f", () => {
    run("cp", "-al", tree.path, copy);
    run("sync", "-f", copy);
  });
  run("rm", "-rf", copy);
  await measure("createSnapshot", () => collection.createSnapshot({ name: "s", created: now }));
  await measure("uniqueBytes", () => collection.uniqueBytes(collection.snapshot("s")));
  await measure("removeSnapshot", () => collection.removeSnapshot("s"));
}
for (let count = 0; count < LISTED; count += 1)
  await collection.createSnapshot({ name: `s${count}`, created: now });
for (let round = 0; round < 20; round += 1) {
  await measure(`snapshots() of ${LISTED}`, () => collection.snapshots());
  const next = collection.snapshot(`s${round % 2}`);
  await measure("move", () => collection.move("current", next, note));
}

const median = (all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)];
const ms = (value) => value.toFixed(1).padStart(9);
console.log(`${files} files, ${availableParallelism()} cores, ${cpus()[0]?.model ?? "unknown"}`);
console.log(`${"".padEnd(24)}${"median ms".padStart(9)}${"least ms".padStart(10)}`);
for (const [name, all] of times)
  console.log(`${name.padEnd(24)}${ms(median(all))} ${ms(Math.min(...all))}`);
