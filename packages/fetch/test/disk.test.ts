import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { directory } from "./fixture.js";

const DIST = fileURLToPath(new URL("../dist/index.js", import.meta.url));

/** Downloads `size` bytes to argv[2] in a process of its own and prints the error's facts. */
const SCRIPT = `
import { createServer } from "node:http";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { createFetcher } from ${JSON.stringify(DIST)};
const [destination, size] = [process.argv[2], Number(process.argv[3])];
const body = Buffer.alloc(size, 1);
let requests = 0;
const server = createServer((_, r) => { requests++; r.writeHead(200, { etag: '"1"' }); r.end(body); });
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const fetcher = createFetcher({ maxConnections: 2, retryDelay: 1 });
const sha256 = createHash("sha256").update(body).digest("hex");
const result = await fetcher
  .download({ urls: ["http://127.0.0.1:" + server.address().port + "/"], destination, size, digests: { sha256 } })
  .catch(({ code, found, path }) => ({ code, found, path }));
console.log(JSON.stringify({ result, requests, left: readdirSync(dirname(destination)) }));
process.exit(0);
`;

function script(): string {
  const path = join(directory(), "download.mjs");
  writeFileSync(path, SCRIPT);
  return path;
}

const canMount = spawnSync("unshare", ["-rm", "sh", "-c", "mount -t tmpfs none /mnt"]).status === 0;
if (!canMount && process.env.CI) {
  throw new Error("needs unshare and mounts: not possible on this CI machine");
}

describe.skipIf(!canMount)(
  canMount ? "a disk" : "a disk (skipped: needs unshare and mounts)",
  () => {
    it.each([900_000, 5_000_000])(
      "that is full ends a file of %d bytes at once and gets its space back",
      (size) => {
        const mount = "mount -t tmpfs -o size=512k none /mnt";
        const output = execFileSync(
          "unshare",
          ["-rm", "sh", "-c", `${mount} && exec "$@"`, "sh"].concat(
            process.execPath,
            script(),
            "/mnt/file",
            String(size),
          ),
          { encoding: "utf8" },
        );
        expect(JSON.parse(output)).toEqual({
          result: { code: "ERR_FETCH_WRITE", found: "ENOSPC", path: "/mnt/file" },
          requests: 1,
          left: [],
        });
      },
    );

    it("that is read-only ends a file at once", () => {
      const mount = "mount -t tmpfs -o ro none /mnt";
      const output = execFileSync(
        "unshare",
        ["-rm", "sh", "-c", `${mount} && exec "$@"`, "sh"].concat(
          process.execPath,
          script(),
          "/mnt/file",
          "1000",
        ),
        { encoding: "utf8" },
      );
      expect(JSON.parse(output)).toMatchObject({
        result: { code: "ERR_FETCH_WRITE", found: "EROFS" },
        requests: 1,
      });
    });
  },
);
