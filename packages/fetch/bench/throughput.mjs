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
try {
  for (let round = 0; round < rounds; round++) {
    const directory = mkdtempSync(join(root, "round-"));
    const fetcher = createFetcher({ maxConnections: connections });
    const cpu = process.cpuUsage();
    const start = performance.now();
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
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    await fetcher.close();
    console.log(
      `${files} files of ${size} B, ${connections} connections: ${seconds.toFixed(2)} s, ` +
        `${Math.round(files / seconds)} files/s, ${Math.round((files * size) / seconds / 1e6)} MB/s, ` +
        `cpu ${((user + system) / 1e6).toFixed(2)} s, rss ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`,
    );
    rmSync(directory, { recursive: true });
  }
} finally {
  rmSync(root, { recursive: true });
  server.kill();
}
