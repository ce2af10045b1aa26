// npm run bench:scale -- [--packages 1000,10000,60000,300000]
// How the time and memory of a sync grow with the repository: nothing changed, and 2 % changed.
// Prints a table, and draws it into scaling.svg.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measure, median } from "./measure.mjs";
import { openNetwork } from "./network.mjs";
import { TOOLS } from "./peers.mjs";
import { drawPlot } from "./plot.mjs";
import { createUpstream, evolveUpstream, showUpstream } from "./upstream.mjs";

const { values } = parseArgs({
  options: {
    packages: { type: "string", default: "1000,10000,60000,300000" },
    rounds: { type: "string", default: "3" },
    draw: { type: "boolean", default: true },
  },
  allowNegative: true,
});
if (process.getuid() !== 0) {
  console.error("needs root: for port 80");
  process.exit(1);
}
const rows = values.packages.split(",").map(Number);
const measured = [];
console.log(`${cpus().length} cores, Node ${process.version}; packages of 300 bytes`);
console.log("| packages | first sync s | MiB | nothing changed s | MiB | 2 % changed s | MiB |");
console.log("|---|---|---|---|---|---|---|");
for (const packages of rows) {
  const row = await measureSize(packages);
  measured.push({ packages, ...row });
  const cells = [row.cold, row.same, row.changed].map(
    ({ wall, memory }) => `${wall.toFixed(2)} | ${memory.toFixed(0)}`,
  );
  console.log(`| ${packages} | ${cells.join(" | ")} |`);
}
if (values.draw) {
  const here = dirname(fileURLToPath(import.meta.url));
  writeFileSync(join(here, "scaling.svg"), drawPlot(measured));
}

async function measureSize(packages) {
  const scratch = mkdtempSync(
    join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "mirror-scale-"),
  );
  try {
    const first = createUpstream(join(scratch, "1"), { packages, least: 300, most: 300 });
    const second = evolveUpstream(first, join(scratch, "2"), 0.02);
    const served = join(scratch, "served");
    mkdirSync(served);
    const network = await openNetwork("loopback", served, join(scratch, "nginx"));
    try {
      const directory = join(scratch, "mirror");
      mkdirSync(join(directory, "tree"), { recursive: true });
      const key = join(first.directory, "key.gpg");
      const place = { url: `http://${network.host}/m`, directory, key };
      TOOLS.mirrorctl.prepare(place);
      const run = () => measure(TOOLS.mirrorctl.command(place), scratch);
      showUpstream(served, first);
      const cold = run();
      const rounds = Array.from({ length: Number(values.rounds) });
      const same = middle(rounds.map(run));
      showUpstream(served, second);
      const changed = run();
      return { cold, same, changed };
    } finally {
      await network.close();
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function middle(runs) {
  return {
    wall: median(runs.map((run) => run.wall)),
    memory: median(runs.map((run) => run.memory)),
  };
}
