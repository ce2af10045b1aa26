// node bench/verify.mjs [FILE] [rounds]: the quick verification of a tree that holds all of one Packages.
// Without FILE, the largest index that apt has fetched. The pool is of empty files with the right sizes.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { readPackages } from "@mirror/deb822";
import { createUnpacker, verifyTree } from "../dist/index.js";
import { readIndex } from "./read-index.mjs";

const rounds = Number(process.argv[3] ?? 5);
const SUITE = "dists/stable/";
const NAME = "main/binary-amd64/Packages";
const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");

const directory = mkdtempSync(join(tmpdir(), "sync-bench-"));
try {
  const plain = readIndex(process.argv[2]);
  const files = [];
  const put = (path, bytes) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), bytes);
    files.push({ path, size: bytes.length, sha256: digest(bytes), mtime: 0 });
  };
  const packed = gzipSync(plain);
  const list = [
    ["", plain],
    [".gz", packed],
  ].map(([end, bytes]) => ` ${digest(bytes)} ${bytes.length} ${NAME}${end}\n`);
  const release = Buffer.from(`Suite: stable\nSHA256:\n${list.join("")}`);
  put(`${SUITE}Release`, release);
  put(`${SUITE}${NAME}.gz`, packed);
  for await (const { filename, size, sha256 } of readPackages([plain], { fields: ["SHA256"] })) {
    const path = join(directory, filename);
    mkdirSync(dirname(path), { recursive: true });
    const fd = openSync(path, "w");
    ftruncateSync(fd, size);
    closeSync(fd);
    files.push({ path: filename, size, sha256, mtime: 0 });
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const suite = {
    suite: "stable",
    directory: SUITE,
    release: {},
    documents: { Release: digest(release) },
    upstream: {},
    signedBy: [],
  };
  const facts = {
    kind: "apt",
    suites: [suite],
    components: ["main"],
    architectures: ["amd64"],
    topDirectories: [],
    ignoredMissing: [],
  };
  const tree = { path: directory, generation: "g", header: () => ({ facts }), files: () => files };
  execFileSync("sync");
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    const options = { level: "quick", now: new Date(), unpacker: createUnpacker() };
    const { problems, groups } = await verifyTree(tree, options);
    const seconds = ((performance.now() - start) / 1000).toFixed(2);
    const rss = (process.resourceUsage().maxRSS / 1024).toFixed(0);
    console.log(
      `${files.length} files, ${groups[0]?.packages} packages: ${seconds} s, ${problems.length} problems, peak RSS ${rss} MiB`,
    );
  }
} finally {
  rmSync(directory, { recursive: true });
}
