// The same job as throughput.mjs with nothing but undici's dispatch, a hash and synchronous file
// calls: no limits, no timeouts, no retries, no mtime. What is left between the two is our own.
import { createHash } from "node:crypto";
import { closeSync, openSync, renameSync, writevSync } from "node:fs";
import { join } from "node:path";
import { Pool } from "undici";

/** Downloads `files` files and returns when all are there. */
export async function downloadBare({ port, files, connections, digests, directory }) {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections });
  await Promise.all(
    Array.from({ length: files }, (_, n) => {
      return new Promise((resolve, reject) => {
        const chunks = [];
        const hash = createHash("sha256");
        pool.dispatch(
          { method: "GET", path: `/${n}` },
          {
            onRequestStart() {},
            onResponseStart() {},
            onResponseData(_controller, chunk) {
              hash.update(chunk);
              chunks.push(chunk);
            },
            onResponseEnd() {
              if (hash.digest("hex") !== digests[n % 16]) {
                reject(new Error("mismatch"));
                return;
              }
              const path = join(directory, `${n}.deb`);
              const fd = openSync(`${path}.part`, "w");
              writevSync(fd, chunks);
              closeSync(fd);
              renameSync(`${path}.part`, path);
              resolve();
            },
            onResponseError(_controller, error) {
              reject(error);
            },
          },
        );
      });
    }),
  );
  await pool.close();
}
