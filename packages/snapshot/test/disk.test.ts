import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { getuid } from "node:process";
import { fileURLToPath } from "node:url";
import { describeNeeds, temporaryDirectory } from "@mirror/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../src/index.js";
import { plant } from "./plant.js";

let dir: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  dir = await temporaryDirectory();
});
afterEach(() => dir.remove());

const CHILD = fileURLToPath(new URL("./children/disk.mjs", import.meta.url));

/** A mount namespace of one's own; users other than root need one for themselves too. */
const UNSHARE = ["unshare", getuid?.() === 0 ? "-m" : "-rm"];

/** What the named scene in a child process tells. */
function play(scene: string, wrapper: readonly string[] = []): unknown {
  const [command = "", ...args] = [...wrapper, process.execPath, CHILD, scene, dir.path];
  const { stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  return stdout === "" ? stderr : JSON.parse(stdout);
}

/** Runs in a mount namespace of its own, with a tmpfs on the directory. */
function onTmpfs(scene: string, options: string): unknown {
  const script = `mount -t tmpfs -o ${options} none ${dir.path} && exec "$@"`;
  return play(scene, [...UNSHARE, "sh", "-c", script, "sh"]);
}

const canMount =
  spawnSync("sh", ["-c", `${UNSHARE.join(" ")} mount -t tmpfs none /mnt`]).status === 0;
if (!canMount && process.env.CI) throw new Error("needs unshare(1) and the right to mount");
const title = canMount ? "a disk" : "a disk (needs unshare and the right to mount)";

describe.runIf(canMount)(title, () => {
  it("that is full ends a tree with ENOSPC, keeps what is published, and gets its room back", () => {
    expect(onTmpfs("fill", "size=2m")).toEqual({
      failure: ["ERR_SNAPSHOT_WRITE", "ENOSPC"],
      latest: "g1",
      left: [".g1.manifest", "g1"],
      after: "g2",
    });
  });

  it("without inodes ends a tree with ENOSPC", () => {
    expect(onTmpfs("inodes", "size=8m,nr_inodes=100")).toEqual({
      failure: ["ERR_SNAPSHOT_WRITE", "ENOSPC"],
      latest: "g1",
      left: [".g1.manifest", "g1"],
      after: "g2",
    });
  });

  it("that is full still lets one lock and sweep", () => {
    expect(onTmpfs("sweep", "size=2m")).toEqual({
      removed: ["g1"],
      waiting: ["g2"],
      latest: "g4",
    });
  });

  it("that is read-only is read, and refuses with EROFS", () => {
    expect(onTmpfs("read-only", "size=2m")).toEqual({
      latest: "g1",
      files: ["a"],
      failures: Array.from({ length: 8 }, () => ["ERR_SNAPSHOT_WRITE", "EROFS"]),
    });
  });

  it("of its own inside a tree costs that tree its files, and inside a new one is told", () => {
    expect(onTmpfs("mounted", "size=8m")).toEqual({
      failures: {
        b: "no failure",
        "pool/a": ["ERR_SNAPSHOT_NOT_AS_RECORDED", "EXDEV"],
        "old/c": ["ERR_SNAPSHOT_NOT_AS_RECORDED", expect.stringContaining("1 bytes")],
        "new/b": ["ERR_SNAPSHOT_WRITE", "EXDEV"],
      },
      files: ["b", "new/x", "old/c", "pool/a"],
    });
  });

  it("of its own for the snapshots is refused, or copied to, with links among them", () => {
    expect(onTmpfs("other-file-system", "size=8m")).toEqual({
      needed: [
        // Two files, two directories and the manifest.
        { bytes: 5 * 4096, inodes: 5 },
        { bytes: 0, inodes: 0 },
        { bytes: 5 * 4096, inodes: 5 },
      ],
      how: ["links", "copies"],
      refused: ["ERR_SNAPSHOT_OTHER_FILE_SYSTEM", null],
      copied: [
        { files: 2, bytes: 1001 },
        { files: 2, bytes: 1001 },
      ],
      shared: [false, false],
      ino: true,
      link: true,
      pointer: true,
      bytesFreed: 1000,
      unique: { files: 3, bytes: 1002 },
      mtime: 0,
      left: [".store", ".v2.manifest", "v2"],
    });
  });

  it("that is full lets one go back, remove and prune, and what was asked for is kept", () => {
    expect(onTmpfs("full-removal", "size=2m")).toMatchObject({
      moved: { from: "v4", to: "v1", moved: true },
      full: ["ERR_SNAPSHOT_WRITE", "ENOSPC"],
      records: 3,
      one: { bytesFreed: 300_001, pointersRemoved: [] },
      kept: true,
      removed: [
        ["v2", null],
        ["v3", null],
      ],
      failed: [],
      left: [".v1.manifest", "v1"],
      current: "v1",
    });
  });

  it("that is read-only in one place of the collection is found before anything is built", () => {
    expect(onTmpfs("read-only-place", "size=2m")).toEqual({
      pointers: ["ERR_SNAPSHOT_WRITE", "EROFS"],
      trees: ["ERR_SNAPSHOT_WRITE", "EROFS"],
    });
  });
});

describe("a process", () => {
  it("out of descriptors ends a tree with EMFILE", () => {
    expect(play("descriptors", ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"])).toEqual({
      failure: ["ERR_SNAPSHOT_WRITE", "EMFILE"],
    });
  });
});

describeNeeds(describe, ["setpriv"], "another user", () => {
  const other = getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--clear-groups"] : [];

  it("without the right to write is told EACCES, and may read", async () => {
    const collection = openStore({ dir: `${dir.path}/store` }).collection("site");
    collection.prepare();
    collection.swap("latest", await plant(collection, "g1", ["a"]));
    if (other.length === 0) {
      chmodSync(collection.paths.trees, 0o555);
      chmodSync(collection.paths.pointers, 0o555);
      writeFileSync(`${collection.paths.locks}/sync.lock`, "", { mode: 0o000 });
    }
    expect(play("other", other)).toEqual({
      latest: "g1",
      files: ["a"],
      failures: [
        ["ERR_SNAPSHOT_WRITE", "EACCES"],
        ["ERR_SNAPSHOT_WRITE", "EACCES"],
        ["ERR_SNAPSHOT_WRITE", "EACCES"],
        ["ERR_SNAPSHOT_WRITE", "EACCES"],
      ],
    });
    if (other.length === 0)
      for (const path of [collection.paths.trees, collection.paths.pointers])
        chmodSync(path, 0o755);
  });

  it("who cannot read a source can put another file in its place, but not where writing is refused", () => {
    chmodSync(dir.path, 0o777);
    expect(play("closed-sources", other)).toEqual({
      failures: {
        b: ["ERR_SNAPSHOT_NOT_AS_RECORDED", "EACCES"],
        c: "no failure",
        "pool/a": ["ERR_SNAPSHOT_NOT_AS_RECORDED", "EACCES"],
        link: ["ERR_SNAPSHOT_WRITE", "EACCES"],
        copy: ["ERR_SNAPSHOT_WRITE", "EACCES"],
      },
      files: ["b", "c", "closed/x", "pool/a"],
    });
  });

  it("who cannot look into a collection removes no sealed tree; other directories do not matter", () => {
    chmodSync(dir.path, 0o777);
    mkdirSync(`${dir.path}/store`);
    chmodSync(`${dir.path}/store`, 0o777);
    expect(play("sweep-as-other", other)).toEqual({
      lost: ["g1"],
      beside: ["g2"],
      closed: ["other", "site"].map((id) => ({
        removed: [],
        waiting: [],
        unreadable: [`${dir.path}/store/${id}`],
        one: ["ERR_SNAPSHOT_READ", "EACCES"],
      })),
      anew: ["g3"],
      left: ["g3"],
    });
  });
});
