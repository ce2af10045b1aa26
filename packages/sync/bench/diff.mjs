// node bench/diff.mjs [FILE] [rounds]: the diff of two trees that hold one large Packages, gz and xz.
// Without FILE, the largest index that apt has fetched. Every 50th version is another one in the second tree.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openStore } from "@mirror/snapshot";
import { createUnpacker, diffTrees } from "../dist/index.js";
import { readIndex } from "./read-index.mjs";

const rounds = Number(process.argv[3] ?? 5);
const NAME = "dists/stable/main/binary-amd64/Packages";

const xz = (bytes) => execFileSync("xz", ["-2", "-T0"], { input: bytes, maxBuffer: 2 ** 30 });
const COMPRESSORS = { gz: (bytes) => gzipSync(bytes, { level: 6 }), xz };

async function treeOf(collection, generation, bytes, compression) {
  const builder = collection.newTree(generation);
  const date = new Date();
  builder.write(`${NAME}.${compression}`, COMPRESSORS[compression](bytes), date);
  const suite = {
    suite: "stable",
    directory: "dists/stable/",
    release: {},
    documents: {},
    upstream: {},
    signedBy: [],
    indices: [
      { name: NAME, kind: "packages", component: "main", architecture: "amd64", stanzas: 0 },
    ],
  };
  const none = { topDirectories: [], ignoredMissing: [] };
  const facts = {
    kind: "apt",
    suites: [suite],
    components: ["main"],
    architectures: ["amd64"],
    ...none,
  };
  return builder.seal({ created: date, facts });
}

const directory = mkdtempSync(join(tmpdir(), "sync-bench-"));
try {
  const bytes = readIndex(process.argv[2]);
  let at = 0;
  const text = bytes.toString("latin1");
  const changed = text.replace(/^Version: (.*)$/gm, (line) =>
    at++ % 50 === 0 ? `${line}+b9` : line,
  );
  const collection = openStore({ dir: directory }).collection("bench");
  collection.prepare();
  console.log(
    `${(bytes.length / 1e6).toFixed(1)} MB, ${at} packages, ${availableParallelism()} cores`,
  );
  for (const compression of Object.keys(COMPRESSORS)) {
    const before = await treeOf(collection, `${compression}1`, bytes, compression);
    const after = await treeOf(
      collection,
      `${compression}2`,
      Buffer.from(changed, "latin1"),
      compression,
    );
    const seconds = [];
    let upgraded = 0;
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      const { groups } = await diffTrees(before, after, { unpacker: createUnpacker() });
      seconds.push((performance.now() - start) / 1000);
      upgraded = groups.reduce((sum, group) => sum + group.upgraded.length, 0);
    }
    const times = seconds.map((value) => value.toFixed(2)).join(" ");
    const rss = (process.resourceUsage().maxRSS / 1024).toFixed(0);
    console.log(`${compression}: ${times} s, ${upgraded} upgraded, peak RSS ${rss} MiB`);
  }
} finally {
  rmSync(directory, { recursive: true });
}
