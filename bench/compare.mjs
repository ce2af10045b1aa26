// npm run bench -- [--packages 2000] [--least 20000] [--most 200000] [--network loopback,20ms]
//                  [--rounds 3] [--tools curl,aptly,...]
// Mirrors a signed upstream by every tool that is installed: cold, again with nothing changed, and
// with 2 % of the packages changed. The tools take turns, so that a busy machine is busy for all.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measure, median } from "./measure.mjs";
import { openNetwork } from "./network.mjs";
import { TOOLS } from "./peers.mjs";
import { createUpstream, evolveUpstream, newPackages, showUpstream } from "./upstream.mjs";

const { values } = parseArgs({
  options: {
    packages: { type: "string", default: "2000" },
    least: { type: "string", default: "20000" },
    most: { type: "string", default: "200000" },
    network: { type: "string", default: "loopback,20ms" },
    rounds: { type: "string", default: "3" },
    tools: { type: "string" },
  },
});
if (process.getuid() !== 0) {
  console.error("needs root: some peers want port 80, and the slow line network namespaces");
  process.exit(1);
}
const installed = Object.keys(TOOLS).filter((name) => isInstalled(TOOLS[name].program));
const chosen = values.tools?.split(",") ?? installed;
const missing = chosen.filter((name) => !installed.includes(name));
if (missing.length > 0) {
  console.error(`not installed, or not known: ${missing.join(", ")}`);
  process.exit(1);
}

// In memory: a disk's own pace, and that of deleting what the last round left, is not measured.
const scratch = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "mirror-bench-"));
const sizes = { packages: Number(values.packages) };
try {
  const least = Number(values.least);
  const most = Number(values.most);
  const first = createUpstream(join(scratch, "upstream-1"), { ...sizes, least, most });
  const second = evolveUpstream(first, join(scratch, "upstream-2"), 0.02);
  const served = join(scratch, "served");
  mkdirSync(served);
  console.log(describe(first));
  for (const name of values.network.split(",")) {
    const network = await openNetwork(name, served, join(scratch, "nginx"));
    try {
      print(name, runAll(network, served, [first, second]));
    } finally {
      await network.close();
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function runAll(network, served, [first, second]) {
  const results = new Map();
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const name of chosen) {
      const tool = TOOLS[name];
      const directory = join(scratch, "mirror");
      mkdirSync(join(directory, "tree"), { recursive: true });
      const url = `http://${network.host}/m`;
      const place = {
        ...network,
        url,
        name: "m",
        directory,
        key: join(first.directory, "key.gpg"),
      };
      showUpstream(served, first);
      tool.prepare?.(place);
      for (const [phase, before, upstream] of [
        ["cold", undefined, first],
        ["same", first, first],
        ["changed", first, second],
      ]) {
        if (!tool.phases.includes(phase)) continue;
        showUpstream(served, upstream);
        const command = tool.command(place, { before, upstream });
        const figures = measure([...network.enter, ...command], scratch);
        assertComplete(`${name}, ${phase}`, join(directory, "tree"), tool, before, upstream);
        const key = `${phase} ${name}`;
        results.set(key, [...(results.get(key) ?? []), figures]);
      }
      rmSync(directory, { recursive: true });
    }
  }
  return results;
}

/** A tool that leaves something out would be fast. */
function assertComplete(what, tree, tool, before, upstream) {
  // aptly puts a digest before the name.
  const nameOf = (path) => path.slice(path.lastIndexOf("/") + 1).replace(/^[0-9a-f]{20,}_/, "");
  const held = new Set(readdirSync(tree, { recursive: true }).map(nameOf));
  const expected = tool.phases.includes("same") ? upstream.packages : newPackages(before, upstream);
  const lacking = expected.filter(({ path }) => !held.has(nameOf(path)));
  if (lacking.length > 0) throw new Error(`${what}: ${lacking.length} packages are not there`);
}

function print(network, results) {
  for (const phase of ["cold", "same", "changed"]) {
    console.log(`\n### ${phase}, ${network}: medians of ${values.rounds}\n`);
    console.log("| tool | checks | wall s | cpu s | MiB | ours is |\n|---|---|---|---|---|---|");
    const rows = chosen
      .filter((name) => results.has(`${phase} ${name}`))
      .map((name) => {
        const runs = results.get(`${phase} ${name}`);
        const of = (key) => median(runs.map((run) => run[key]));
        return { name, wall: of("wall"), cpu: of("cpu"), memory: of("memory") };
      })
      .sort((a, b) => a.wall - b.wall);
    const ours = rows.find(({ name }) => name === "mirrorctl");
    for (const { name, wall, cpu, memory } of rows) {
      const ratio = ours && name !== "mirrorctl" ? `${(ours.wall / wall).toFixed(2)} x` : "";
      console.log(
        `| ${name} | ${TOOLS[name].checks} | ${wall.toFixed(2)} | ${cpu.toFixed(2)} | ${memory.toFixed(0)} | ${ratio} |`,
      );
    }
  }
}

function describe({ packages }) {
  const bytes = packages.reduce((sum, { size }) => sum + size, 0);
  const megabytes = (bytes / 1e6).toFixed(0);
  return `${packages.length} packages, ${megabytes} MB; ${cpus().length} cores, Node ${process.version}`;
}

function isInstalled(program) {
  if (program === "node") return true;
  return process.env.PATH.split(":").some((directory) => existsSync(join(directory, program)));
}
