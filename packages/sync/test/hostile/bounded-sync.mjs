// One sync in a process of its own, so that its memory can be measured: options in, outcome out, as JSON.
import { readFileSync } from "node:fs";
import { createFetcher } from "@mirror/fetch";
import { openStore } from "@mirror/snapshot";
import { readKeyring } from "@mirror/verify";
import { createUnpacker, sync } from "../../dist/index.js";

const { dir, url, keyring } = JSON.parse(process.argv[2] ?? "{}");
const collection = openStore({ dir }).collection("m");
const fetcher = createFetcher({
  maxConnections: 10,
  retries: 1,
  retryDelay: 10,
  stallTimeout: 5000,
});
const spec = {
  id: "m",
  urls: [url],
  suites: ["stable"],
  components: ["main"],
  architectures: ["amd64"],
  sources: false,
  indices: { translations: "all", contents: true, commands: true, dep11: true },
  byHash: "auto",
  ignoreMissing: [],
  trust: {
    check: true,
    keyring: () => readKeyring([{ name: keyring, bytes: readFileSync(keyring), named: true }]),
    keyringDigest: "1",
    fingerprints: [],
  },
  freshness: {
    checkValidUntil: true,
    allowRollback: false,
    allowReleaseInfoChange: false,
    maxFuture: 10_000,
  },
};
const ports = {
  fetcher,
  collection,
  unpacker: createUnpacker(),
  now: () => new Date(),
  freeSpace: async () => ({
    bytes: Number.POSITIVE_INFINITY,
    inodes: Number.POSITIVE_INFINITY,
    reserve: 0,
    claimed: { bytes: 0, inodes: 0 },
  }),
  onEvent: () => {},
};
const lock = await collection.lock("sync", { command: "test", since: new Date() });
const started = performance.now();
const outcome = await sync(spec, ports).then(
  ({ outcome: done }) => done,
  (error) => error.code ?? String(error.stack),
);
lock.release();
await fetcher.close();
const peak = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ outcome, ms: performance.now() - started, peak }));
