// node bench/bench.mjs [FILE] [rounds]: speed and memory on a Packages index, one process per job.
// Without FILE, the largest index that apt has fetched. Needs python3-apt and python3-debian.
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const six = "Package,Version,Architecture,Filename,Size,SHA256";
const rounds = Number(process.argv[3] ?? 5);
const directory = mkdtempSync(join(tmpdir(), "deb822-bench-"));
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;

const ours = (job, file) => ["node", here("job.mjs"), job, file, six];
const peer = (job, file) => ["/usr/bin/python3", here("peer.py"), job, file, six];

function run([command, ...args]) {
  const output = execFileSync(command, args, { env, encoding: "utf8" });
  const [seconds, count, kib] = output.trim().split(" ").map(Number);
  return { seconds, count, mib: kib / 1024 };
}

function fetchedIndex() {
  const lists = "/var/lib/apt/lists";
  const [largest] = readdirSync(lists)
    .filter((name) => /_Packages(\.|$)/.test(name))
    .map((name) => join(lists, name))
    .sort((a, b) => statSync(b).size - statSync(a).size);
  if (largest === undefined) throw new Error("no index in /var/lib/apt/lists: run apt-get update");
  return execFileSync("/usr/lib/apt/apt-helper", ["cat-file", largest], { maxBuffer: 2 ** 30 });
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

try {
  const bytes = process.argv[2] === undefined ? fetchedIndex() : readFileSync(process.argv[2]);
  const once = join(directory, "once");
  const fourTimes = join(directory, "four-times");
  writeFileSync(once, bytes);
  for (let i = 0; i < 4; i++) appendFileSync(fourTimes, bytes);
  const jobs = [
    ["python3-apt, all fields", peer("apt_pkg-all", once)],
    ["python3-apt, six fields", peer("apt_pkg-six", once)],
    ["python3-debian, all fields", peer("python-debian-all", once)],
    ["readStanzas, all fields, into a Map", ours("all", once)],
    ["readStanzas, all fields, by entries()", ours("all-entries", once)],
    ["readStanzas, six fields", ours("six-stanzas", once)],
    ["readPackages, six fields", ours("six-packages", once)],
    ["readStanzas, all fields, file four times", ours("all-entries", fourTimes)],
    ["readPackages, six fields, file four times", ours("six-packages", fourTimes)],
  ];
  const results = new Map(jobs.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, command] of jobs) results.get(name).push(run(command));
  }
  const megabytes = bytes.length / 1e6;
  console.log(`${megabytes.toFixed(1)} MB, medians of ${rounds}\n`);
  console.log("| job | s | MB/s | peak RSS MiB | fields |\n|---|---|---|---|---|");
  for (const [name, runs] of results) {
    const seconds = median(runs.map((result) => result.seconds));
    const size = name.endsWith("four times") ? 4 * megabytes : megabytes;
    const mib = median(runs.map((result) => result.mib));
    const cells = [name, seconds.toFixed(3), (size / seconds).toFixed(0), mib.toFixed(0)];
    console.log(`| ${[...cells, runs[0].count].join(" | ")} |`);
  }
} finally {
  rmSync(directory, { recursive: true });
}
