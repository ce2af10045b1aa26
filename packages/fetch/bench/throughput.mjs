// node bench/throughput.mjs [files=2000] [bytes=100000] [connections=16] [rounds=5] [directory]
// Downloads from a loopback server in another process; build first.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createFetcher } from "../dist/index.js";
import { downloadBare } from "./floor.mjs";

const [files = 2000, size = 100_000, connections = 16, rounds = 5] = process.argv
  .slice(2, 6)
  .map(Number);
const here = dirname(fileURLToPath(import.meta.url));
const server = spawn(process.execPath, [join(here, "server.mjs"), String(size)], {
  stdio: ["ignore", "pipe", "inherit"],
});
const [line] = await once(createInterface(server.stdout), "line");
const { port, digests } = JSON.parse(line);
const root = mkdtempSync(join(process.argv[6] ?? tmpdir(), "bench-fetch-"));
/** The job by @mirror/fetch. */
async function downloadAll({ directory }) {
  const fetcher = createFetcher({ maxConnections: connections });
  await Promise.all(
    Array.from({ length: files }, (_, n) =>
      fetcher.download({
        urls: [`http://127.0.0.1:${port}/${n}`],
        destination: join(directory, `${n}.deb`),
        size,
        digests: { sha256: digests[n % 16] },
      }),
    ),
  );
  await fetcher.close();
}

const results = { "@mirror/fetch": [], "undici alone": [] };
try {
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of [
      ["@mirror/fetch", downloadAll],
      ["undici alone", downloadBare],
    ]) {
      const directory = mkdtempSync(join(root, "round-"));
      const cpu = process.cpuUsage();
      const start = performance.now();
      await run({ port, files, connections, digests, directory });
      const seconds = (performance.now() - start) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      results[name].push({ seconds, cpu: (user + system) / 1e6 });
      rmSync(directory, { recursive: true });
    }
  }
  console.log(`${files} files of ${size} B over ${connections} connections, ${rounds} rounds`);
  for (const [name, rows] of Object.entries(results)) {
    const middle = (key) => rows.map((row) => row[key]).sort((a, b) => a - b)[rounds >> 1];
    const seconds = middle("seconds");
    console.log(
      `${name}: median ${seconds.toFixed(2)} s, ${Math.round(files / seconds)} files/s, ` +
        `${Math.round((files * size) / seconds / 1e6)} MB/s, cpu ${middle("cpu").toFixed(2)} s; ` +
        `best ${Math.round(files / Math.min(...rows.map((row) => row.seconds)))} files/s`,
    );
  }
  console.log(`largest rss ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
} finally {
  rmSync(root, { recursive: true });
  server.kill();
}
