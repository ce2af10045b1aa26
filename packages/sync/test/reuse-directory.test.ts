import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createKey, fingerprintTree, judgeMirror, type TestKey } from "@mirror/testkit";
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { openReuseDirectory, type SyncReport } from "../src/index.js";
import { type Mirror, openMirror } from "./mirror.js";

const PACKAGES = [
  { package: "hello", version: "1.0" },
  { package: "big", version: "1.0", payload: 300_000 },
];
const BIG = "pool/main/b/big/big_1.0_amd64.deb";
const HELLO = "pool/main/h/hello/hello_1.0_amd64.deb";

let key: TestKey;
let mirror: Mirror;
/** Upstream's files, and the directory of another tool. */
let upstream: string;
let old: string;

beforeAll(async () => {
  key = await createKey();
});
beforeEach(async () => {
  old = mkdtempSync(join(tmpdir(), "mirror-old-"));
  mirror = await openMirror(key, [{ suite: "stable", packages: PACKAGES }]);
  upstream = mirror.repository.directory;
});
afterEach(async () => {
  await mirror.close();
  rmSync(old, { recursive: true, force: true });
});

/** Puts a file of upstream into the directory, as another tool would: with its time. */
function put(path: string, at = path): string {
  const target = join(old, at);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(join(upstream, path), target, { preserveTimestamps: true });
  return target;
}

/** Syncs with that directory, and proves that nothing in it has changed and that the mirror is right. */
async function syncWith(...directories: string[]): Promise<SyncReport> {
  const named = directories.length > 0 ? directories : [old];
  const reuse = named.map(openReuseDirectory);
  mirror.elsewhere = { trees: async () => [], directories: reuse };
  mirror.server.clear();
  const before = await fingerprintTree(old, { content: true });
  const report = await mirror.sync();
  expect(await fingerprintTree(old, { content: true })).toEqual(before);
  const { violations } = await judgeMirror(`${latest()}/`, {
    keyring: key.binaryPublic,
    suites: ["stable"],
    components: ["main"],
    architectures: ["amd64"],
  });
  expect(violations).toEqual([]);
  expect(readdirSync(mirror.collection.paths.partial)).toEqual([]);
  return report;
}

const latest = () => join(mirror.dir, "m/latest");
const inode = (path: string) => lstatSync(path).ino;
const isLinked = (path: string, source: string) => inode(join(latest(), path)) === inode(source);
const asked = () => mirror.server.requests.map(({ path }) => path.slice(1));
const debs = () => asked().filter((path) => path.endsWith(".deb"));
const warnings = () =>
  mirror.events.flatMap((event) => (event.type === "warning" ? [event.code] : []));

describe("a repository that another tool has fetched", () => {
  it.each([
    ["at the root, as debmirror has it", ""],
    ["by host and path, as apt-mirror has it", "mirror/127.0.0.1/"],
    ["by host and path, where that directory itself is named", "127.0.0.1/"],
    ["by the mirror's name", "m/"],
    ["by any name", "debian/"],
    ["below a generation, as the original has it", ".m.20250101_000000.000000/m/"],
    ["at any depth", "a/b/c/d/"],
  ])("is used where it lies %s", async (_, prefix) => {
    for (const path of [BIG, HELLO]) put(path, prefix + path);
    cpSync(join(upstream, "dists"), join(old, prefix, "dists"), {
      recursive: true,
      preserveTimestamps: true,
    });
    const report = await syncWith();
    const release = ["InRelease", "Release", "Release.gpg"].map((name) => `dists/stable/${name}`);
    expect(asked().sort()).toEqual(release);
    for (const path of [BIG, HELLO]) expect(isLinked(path, join(old, prefix, path))).toBe(true);
    expect(report.downloaded.files).toBe(3);
    expect(report.reused.files).toBeGreaterThanOrEqual(5);
    expect(warnings()).toEqual([]);
  });

  it("gives indices as copies: tools write them anew in place", async () => {
    cpSync(upstream, old, { recursive: true, preserveTimestamps: true });
    await syncWith();
    const index = "dists/stable/main/binary-amd64/Packages.gz";
    expect(isLinked(index, join(old, index))).toBe(false);
    expect(lstatSync(join(latest(), index)).mtimeMs).toBe(lstatSync(join(old, index)).mtimeMs);
  });

  it("is counted by a dry run, which changes nothing", async () => {
    put(BIG);
    mirror.elsewhere = { trees: async () => [], directories: [openReuseDirectory(old)] };
    const before = await fingerprintTree(old, { content: true });
    const report = await mirror.dryRun();
    const { size } = lstatSync(join(old, BIG));
    expect(report.elsewhere).toEqual({ files: 1, bytes: size });
    expect(report.present).toEqual(report.elsewhere);
    expect(report.total.bytes - report.toDownload.bytes).toBe(size);
    expect(existsSync(mirror.dir)).toBe(false);
    expect(await fingerprintTree(old, { content: true })).toEqual(before);
  });

  it("is used only for what the present tree lacks", async () => {
    await mirror.sync();
    put(HELLO);
    await mirror.repository.publish({
      suites: { stable: { add: [{ package: "new", version: "1" }] } },
    });
    const made = put("pool/main/n/new/new_1_amd64.deb");
    await syncWith();
    expect(debs()).toEqual([]);
    expect(isLinked(HELLO, join(old, HELLO))).toBe(false);
    expect(isLinked("pool/main/n/new/new_1_amd64.deb", made)).toBe(true);
  });
});

describe("a single file", () => {
  it("is found by its name, wherever it lies", async () => {
    const source = put(BIG, `archives/partly/${basename(BIG)}`);
    await syncWith();
    expect(debs()).toEqual([HELLO]);
    expect(isLinked(BIG, source)).toBe(true);
  });

  it("is found by its digest, as stores of contents name files", async () => {
    await mirror.sync();
    const sha256 = [...(mirror.collection.latest()?.files() ?? [])].find(
      ({ path }) => path === BIG,
    )?.sha256;
    rmSync(mirror.dir, { recursive: true });
    put(BIG, `objects/${sha256}`);
    await syncWith();
    expect(debs()).toEqual([HELLO]);
  });

  it("is taken from the first directory that has it", async () => {
    const [one, two] = [put(BIG, "one/big_1.0_amd64.deb"), put(BIG, "two/big_1.0_amd64.deb")];
    put(HELLO, "two/hello_1.0_amd64.deb");
    await syncWith(join(old, "one"), join(old, "two"));
    expect(debs()).toEqual([]);
    expect([isLinked(BIG, one), isLinked(BIG, two)]).toEqual([true, false]);
  });

  it("of another content is not used, and costs a download and a warning", async () => {
    writeFileSync(put(BIG), "x".repeat(lstatSync(join(upstream, BIG)).size));
    put(HELLO);
    const report = await syncWith();
    expect(debs()).toEqual([BIG]);
    expect(report.warnings.map(({ code }) => code)).toEqual(["WARN_SYNC_NOT_REUSED"]);
  });

  it("of another size is not even read", async () => {
    writeFileSync(put(BIG), "short");
    await syncWith();
    expect(debs().sort()).toEqual([BIG, HELLO]);
    expect(warnings()).toEqual([]);
  });

  it("of the right name and content counts, although another of its name does not", async () => {
    writeFileSync(put(BIG, "a/big_1.0_amd64.deb"), "x".repeat(lstatSync(join(upstream, BIG)).size));
    put(BIG, "b/big_1.0_amd64.deb");
    await syncWith();
    expect(debs()).toEqual([HELLO]);
    expect(warnings()).toEqual([]);
  });

  it("keeps a fraction of a second in its time when it is linked", async () => {
    const source = put(BIG);
    utimesSync(source, 1_700_000_000.5, 1_700_000_000.5);
    await syncWith();
    expect(isLinked(BIG, source)).toBe(true);
    await mirror.repository.publish({
      suites: { stable: { add: [{ package: "new", version: "1" }] } },
    });
    mirror.server.clear();
    await mirror.sync();
    expect(debs()).toEqual(["pool/main/n/new/new_1_amd64.deb"]);
    expect(isLinked(BIG, source)).toBe(true);
    await mirror.collection.createSnapshot({ name: "s", created: new Date() });
  });
});

/** A directory on another file system than the temporary ones, where there is one. */
const OTHER = ["/dev/shm", "/run"].find((path) => {
  const device = statSync(path, { throwIfNoEntry: false })?.dev;
  return device !== undefined && device !== statSync(tmpdir()).dev;
});

const ANOTHERS: [string, (path: string) => void] = [
  "it belongs to another user",
  (path) => chownSync(path, 12345, 12345),
];

describe("a file that is not ours alone", () => {
  it.each<[string, (path: string) => void]>([
    ["others may not read", (path) => chmodSync(path, 0o600)],
    ["its owner may not write", (path) => chmodSync(path, 0o444)],
    ["its group may write", (path) => chmodSync(path, 0o664)],
    ["everybody may write", (path) => chmodSync(path, 0o666)],
    ["it runs as its owner", (path) => chmodSync(path, 0o4755)],
    ...(process.getuid?.() === 0 ? [ANOTHERS] : []),
  ])("is copied where %s", async (_, change) => {
    const source = put(BIG);
    change(source);
    const report = await syncWith();
    expect(debs()).toEqual([HELLO]);
    expect(isLinked(BIG, source)).toBe(false);
    const { mode, mtimeMs } = lstatSync(join(latest(), BIG));
    expect(mode & 0o644).toBe(0o644);
    expect(mode & 0o7022).toBe(0);
    expect(mtimeMs).toBe(lstatSync(source).mtimeMs);
    expect(report.reused.files).toBeGreaterThanOrEqual(1);
  });

  it.runIf(OTHER !== undefined)("is copied from another file system", async () => {
    const other = mkdtempSync(join(OTHER ?? "", "mirror-old-"));
    onTestFinished(() => rmSync(other, { recursive: true }));
    for (const path of [BIG, HELLO]) {
      mkdirSync(join(other, dirname(path)), { recursive: true });
      cpSync(join(upstream, path), join(other, path), { preserveTimestamps: true });
    }
    const before = await fingerprintTree(other, { content: true });
    const report = await syncWith(other);
    expect(await fingerprintTree(other, { content: true })).toEqual(before);
    expect(debs()).toEqual([]);
    expect(report.reused.files).toBe(2);
  });

  it("survives whatever is done to the copy, and the copy what is done to it", async () => {
    const source = put(BIG);
    chmodSync(source, 0o600);
    await syncWith();
    writeFileSync(source, "in place");
    const { violations } = await judgeMirror(`${latest()}/`, {
      keyring: key.binaryPublic,
      suites: ["stable"],
      components: ["main"],
      architectures: ["amd64"],
    });
    expect(violations).toEqual([]);
  });
});

describe("a symlink", () => {
  it("within the directory is followed, also one that is in the place of a file", async () => {
    put(BIG, "real/pool/main/b/big/big_1.0_amd64.deb");
    symlinkSync("real", join(old, "m"));
    put(HELLO, "kept/1");
    mkdirSync(join(old, "real", dirname(HELLO)), { recursive: true });
    symlinkSync(join(old, "kept/1"), join(old, "real", HELLO));
    await syncWith();
    expect(debs()).toEqual([]);
    expect(isLinked(HELLO, join(old, "kept/1"))).toBe(true);
    expect(lstatSync(join(latest(), HELLO)).isFile()).toBe(true);
  });

  it("that leaves the directory is not", async () => {
    const outside = join(old, "outside");
    put(BIG, `outside/${BIG}`);
    put(HELLO, `outside/${HELLO}`);
    const named = join(old, "named");
    mkdirSync(join(named, dirname(HELLO)), { recursive: true });
    symlinkSync(join(outside, dirname(BIG), "../../b"), join(named, "pool/main/b"));
    symlinkSync(join(outside, HELLO), join(named, HELLO));
    symlinkSync("..", join(named, "up"));
    await syncWith(named);
    expect(debs().sort()).toEqual([BIG, HELLO]);
  });

  it("may be the directory itself", async () => {
    const source = put(BIG, `tree/${BIG}`);
    symlinkSync("tree", join(old, "link"));
    await syncWith(join(old, "link"));
    expect(debs()).toEqual([HELLO]);
    expect(isLinked(BIG, source)).toBe(true);
  });
});

describe("a file that is another one by the time that it is read", () => {
  /** Lets `change` happen to what was located, before any of it is read. */
  async function located(change: (path: string) => void): Promise<void> {
    const reuse = openReuseDirectory(old);
    const locate: typeof reuse.locate = async (...all) => {
      const found = await reuse.locate(...all);
      for (const path of [...found.values()].flat()) if (path.endsWith(".deb")) change(path);
      return found;
    };
    mirror.elsewhere = { trees: async () => [], directories: [{ ...reuse, locate }] };
    await mirror.sync();
    const { violations } = await judgeMirror(`${latest()}/`, {
      keyring: key.binaryPublic,
      suites: ["stable"],
      components: ["main"],
      architectures: ["amd64"],
    });
    expect(violations).toEqual([]);
  }

  it.each([0o644, 0o600])("is not waited for where it is a pipe, with mode %o", async (mode) => {
    chmodSync(put(BIG), mode);
    await located((path) => {
      rmSync(path);
      execFileSync("mkfifo", ["-m", "644", path]);
    });
    expect(debs().sort()).toEqual([BIG, HELLO]);
  });

  it("is not followed where it is a symlink", async () => {
    chmodSync(put(BIG), 0o600);
    await located((path) => {
      renameSync(path, `${old}/kept`);
      symlinkSync(`${old}/kept`, path);
    });
    expect(debs().sort()).toEqual([BIG, HELLO]);
  });

  it("is copied where others may write to it now", async () => {
    const source = put(BIG);
    await located((path) => chmodSync(path, 0o666));
    expect(debs()).toEqual([HELLO]);
    expect(isLinked(BIG, source)).toBe(false);
  });

  it("is fetched where it has gone", async () => {
    put(BIG);
    await located((path) => rmSync(path));
    expect(debs().sort()).toEqual([BIG, HELLO]);
    expect(warnings()).toEqual(["WARN_SYNC_NOT_REUSED"]);
  });
});

describe("a directory", () => {
  it.runIf(process.getuid?.() !== 0)("is used as far as it can be read", async () => {
    put(BIG, "open/big_1.0_amd64.deb");
    put(HELLO, "closed/hello_1.0_amd64.deb");
    chmodSync(join(old, "closed"), 0o000);
    onTestFinished(() => chmodSync(join(old, "closed"), 0o755));
    mirror.elsewhere = { trees: async () => [], directories: [openReuseDirectory(old)] };
    await mirror.sync();
    expect(debs()).toEqual([HELLO]);
    expect(warnings()).toEqual(["WARN_SYNC_DIRECTORY_UNREAD"]);
  });

  it("that has gone meanwhile is warned of, and costs downloads", async () => {
    await syncWith(join(old, "gone"));
    expect(debs().sort()).toEqual([BIG, HELLO]);
    expect(warnings()).toContain("WARN_SYNC_DIRECTORY_UNREAD");
  });

  it("is looked through once for all syncs that use it, and says how far it is", async () => {
    put(HELLO, "somewhere/hello_1.0_amd64.deb");
    const reuse = openReuseDirectory(old);
    mirror.elsewhere = { trees: async () => [], directories: [reuse] };
    await mirror.sync();
    const scans = () =>
      mirror.events.flatMap((event) => (event.type === "directory-scanned" ? [event] : []));
    expect(scans().at(-1)).toMatchObject({ directory: old, files: 1, finished: true });
    const { length } = scans();
    put(BIG, "somewhere/big_1.0_amd64.deb");
    rmSync(mirror.dir, { recursive: true });
    await mirror.sync();
    expect(scans()).toHaveLength(length);
    expect(debs().filter((path) => path === HELLO)).toEqual([]);
  });

  it("with a store in it gives nothing of what is being made there", async () => {
    put(BIG, `.mirrorctl/partial/m/${basename(BIG)}`);
    await syncWith();
    expect(debs().sort()).toEqual([BIG, HELLO]);
  });

  it("with another store in it gives what that shows", async () => {
    await mirror.sync();
    renameSync(mirror.dir, join(old, "store"));
    await syncWith(join(old, "store"));
    expect(debs()).toEqual([]);
  });
});

it("carries on where a run that failed had come to", async () => {
  const source = put(BIG);
  chmodSync(source, 0o600);
  mirror.server.fault(HELLO, { kind: "status", status: 404 });
  mirror.elsewhere = { trees: async () => [], directories: [openReuseDirectory(old)] };
  await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_MISSING_FILE" });
  const { partial } = mirror.collection.paths;
  const { size } = lstatSync(source);
  const kept = readdirSync(partial).filter((name) => lstatSync(join(partial, name)).size === size);
  expect(kept).toHaveLength(1);
  const before = inode(join(partial, kept[0] ?? ""));
  mirror.server.clear();
  await syncWith();
  expect(inode(join(latest(), BIG))).toBe(before);
});
