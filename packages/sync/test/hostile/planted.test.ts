import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import {
  createKey,
  createRepository,
  fingerprintTree,
  serve,
  type TemporaryDirectory,
  type TestKey,
  type TestRepository,
  type TestServer,
  temporaryDirectory,
} from "@mirror/testkit";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Target } from "./target.js";

const BIG = "pool/main/b/big/big_1_amd64.deb";
const HELLO = "pool/main/h/hello/hello_1_amd64.deb";
const NEXT = { suites: { stable: { add: [{ package: "news", version: "1" }] } } };

/** Larger than what is held in memory until it is complete. */
const noise = Buffer.alloc(2_000_000);
for (let at = 0; at < noise.length; at += 4) noise.writeUInt32LE((at * 2654435761) >>> 0, at);
const PACKAGES = [
  { package: "hello", version: "1" },
  { package: "big", version: "1", files: { "usr/share/big": noise } },
];

let directory: TemporaryDirectory;
let key: TestKey;
let repository: TestRepository;
let server: TestServer;
let target: Target;
let before: [string, string][];

const outside = (...segments: string[]) => join(directory.path, "outside", ...segments);
const victims = async () => [...(await fingerprintTree(outside(), { content: true }))];
const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
/** Puts a symlink to something outside where something of the store is or will be. */
function plant(path: string, to = outside("directory")): void {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(to, path);
}

beforeAll(async () => {
  key = await createKey();
});

beforeEach(async () => {
  directory = await temporaryDirectory("hostile-");
  repository = await createRepository(join(directory.path, "upstream"), {
    key,
    suites: [
      {
        suite: "stable",
        compressions: [""],
        packages: PACKAGES,
      },
    ],
  });
  server = await serve(repository.directory);
  const dir = join(directory.path, "store");
  target = new Target({ dir, urls: [server.url], keyring: key.binaryPublic });
  mkdirSync(outside("directory"), { recursive: true });
  writeFileSync(outside("victim"), "untouched\n");
  writeFileSync(outside("directory/victim"), "untouched\n");
  before = await victims();
});

afterEach(async () => {
  expect(await victims()).toEqual(before);
  await server.close();
  await directory.remove();
});

describe("what is planted in the tree that latest shows", () => {
  it("a symlink instead of a package is no package: the file is fetched again", async () => {
    await target.accepts();
    const path = join(target.latest, HELLO);
    writeFileSync(outside("copy.deb"), readFileSync(path));
    utimesSync(outside("copy.deb"), statSync(path).mtime, statSync(path).mtime);
    plant(path, outside("copy.deb"));
    before = await victims();
    await repository.publish(NEXT);
    await target.accepts();
    expect(lstatSync(join(target.latest, HELLO)).isFile()).toBe(true);
    expect(statSync(join(target.latest, HELLO)).ino).not.toBe(statSync(outside("copy.deb")).ino);
  });

  it("a symlink instead of an index is no index: the index is fetched again", async () => {
    await target.accepts();
    const translated = "dists/stable/main/binary-amd64/Packages";
    const path = join(target.latest, translated);
    const [text, { mtime }] = [readFileSync(path, "utf8"), statSync(path)];
    writeFileSync(outside("Packages"), text.replaceAll("hello", "jello"));
    utimesSync(outside("Packages"), mtime, mtime);
    plant(path, outside("Packages"));
    before = await victims();
    // Another settings digest, so that all is built anew from an upstream that did not change.
    target.spec = { ignoreMissing: ["none"] };
    await target.accepts();
    expect(lstatSync(join(target.latest, translated)).isFile()).toBe(true);
  });

  it("a symlink instead of a directory leads nowhere: nothing outside is linked in", async () => {
    await target.accepts();
    const pool = join(target.collection.latest()?.path ?? "", "pool");
    renameSync(pool, outside("pool"));
    const evil = outside("pool/main/h/hello/hello_1_amd64.deb");
    const { mtime, size } = statSync(evil);
    rmSync(evil);
    writeFileSync(evil, Buffer.alloc(size));
    utimesSync(evil, mtime, mtime);
    plant(pool, outside("pool"));
    before = await victims();
    await repository.publish(NEXT);
    await target.accepts();
    expect(lstatSync(join(target.collection.latest()?.path ?? "", "pool")).isDirectory()).toBe(
      true,
    );
    expect(statSync(join(target.latest, HELLO)).ino).not.toBe(statSync(evil).ino);
  });
});

describe("what is planted among unfinished downloads", () => {
  const partial = (name: string) => join(target.collection.paths.partial, name);

  it.each(["", ".part", ".part.json"])(
    "a symlink named like a download%s is not written through",
    async (end) => {
      for (const path of [HELLO, BIG]) {
        plant(partial(sha256(repository.path(path)) + end), outside("victim"));
      }
      await target.accepts();
      expect(lstatSync(join(target.latest, BIG)).isFile()).toBe(true);
    },
  );

  it("a symlink to the right content is not moved into the tree", async () => {
    writeFileSync(outside("big"), readFileSync(repository.path(BIG)));
    before = await victims();
    plant(partial(sha256(repository.path(BIG))), outside("big"));
    await target.accepts();
    expect(lstatSync(join(target.latest, BIG)).isFile()).toBe(true);
  });

  it("a file with other content is not believed for its name", async () => {
    const path = partial(sha256(repository.path(BIG)));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, Buffer.alloc(statSync(repository.path(BIG)).size));
    await target.accepts();
  });

  it("a directory is no download", async () => {
    mkdirSync(partial(sha256(repository.path(HELLO))), { recursive: true });
    mkdirSync(partial(`${sha256(repository.path(BIG))}.part`), { recursive: true });
    await target.accepts();
  });
});

describe("what is planted in the store", () => {
  const FOREIGN = "ERR_SNAPSHOT_FOREIGN_ENTRY";
  it.each([
    "m",
    ".mirrorctl",
    ".mirrorctl/trees",
    ".mirrorctl/trees/m",
    ".mirrorctl/state",
    ".mirrorctl/state/m",
    ".mirrorctl/partial",
    ".mirrorctl/partial/m",
  ])("a symlink at %s is refused, and nothing is written through it", async (path) => {
    plant(join(target.dir, path));
    const link = join(target.dir, path);
    await expect(target.sync()).rejects.toMatchObject({ code: FOREIGN });
    expect(readlinkSync(link)).toBe(outside("directory"));
  });

  it.each([".mirrorctl/locks", ".mirrorctl/locks/m"])(
    "a symlink at %s is refused too",
    async (path) => {
      plant(join(target.dir, path));
      await expect(target.sync()).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_SNAPSHOT_(FOREIGN_ENTRY|LOCK_FAILED)$/),
      });
    },
  );

  it.each(["sync", "store"])(
    "a symlink instead of the lock file %s is not followed",
    async (name) => {
      await target.accepts();
      const { locks } = target.collection.paths;
      const file = readdirSync(locks).find((entry) => entry.startsWith(name));
      plant(join(locks, file ?? name), outside("victim"));
      await repository.publish(NEXT);
      await target.sync().catch(() => undefined);
      expect(await target.judge()).toEqual([]);
    },
  );

  it("a symlink instead of what is remembered is not written through", async () => {
    await target.accepts();
    const { state } = target.collection.paths;
    for (const name of readdirSync(state)) plant(join(state, name), outside("victim"));
    await repository.publish(NEXT);
    await target.accepts();
    for (const name of readdirSync(state)) expect(lstatSync(join(state, name)).isFile()).toBe(true);
  });

  it.each(["latest", ".latest.previous"])(
    "a symlink at %s that is not ours is refused and stays",
    async (name) => {
      await target.accepts();
      await repository.publish(NEXT);
      const link = join(target.dir, "m", name);
      plant(link);
      await expect(target.sync()).rejects.toMatchObject({ code: FOREIGN });
      expect(readlinkSync(link)).toBe(outside("directory"));
    },
  );

  it("a directory at latest is refused and survives", async () => {
    mkdirSync(join(target.dir, "m/latest"), { recursive: true });
    writeFileSync(join(target.dir, "m/latest/precious"), "foreign\n");
    await target.refuses(FOREIGN);
    expect(readFileSync(join(target.dir, "m/latest/precious"), "utf8")).toBe("foreign\n");
  });

  it("a foreign file, directory or symlink where a link to a directory would go survives", async () => {
    mkdirSync(join(target.dir, "m/pool"), { recursive: true });
    writeFileSync(join(target.dir, "m/pool/precious"), "foreign\n");
    symlinkSync(outside("directory"), join(target.dir, "m/dists"));
    const { warnings } = await target.accepts();
    expect(warnings.map(({ code }) => code)).toEqual([
      "WARN_SYNC_LINK_LEFT_OUT",
      "WARN_SYNC_LINK_LEFT_OUT",
    ]);
    expect(readFileSync(join(target.dir, "m/pool/precious"), "utf8")).toBe("foreign\n");
    expect(readlinkSync(join(target.dir, "m/dists"))).toBe(outside("directory"));
  });
});

describe("directories of upstream that are named like ours", () => {
  const NAMES = [
    "latest",
    "staging",
    "current",
    "snapshots",
    ".latest.previous",
    ".mirrorctl",
    "m",
  ];

  it("get no link, and move no pointer", async () => {
    const packages = NAMES.map((name, at) => ({
      package: `p${at}`,
      version: "1",
      filename: `${name}/p${at}.deb`,
    }));
    await target.accepts();
    const tree = target.collection.latest();
    if (tree) target.collection.swap("staging", tree);
    const staged = readlinkSync(join(target.dir, "m/staging"));
    await repository.publish({ suites: { stable: { packages } } });
    const { warnings } = await target.accepts();
    expect(warnings.map(({ code }) => code)).toEqual(Array(6).fill("WARN_SYNC_LINK_LEFT_OUT"));
    expect(readlinkSync(join(target.dir, "m/staging"))).toBe(staged);
    expect(existsSync(join(target.dir, "m/current"))).toBe(false);
    expect(existsSync(join(target.dir, "m/snapshots"))).toBe(false);
    for (const [at, name] of NAMES.entries()) {
      expect(existsSync(join(target.latest, name, `p${at}.deb`))).toBe(true);
    }
    expect(readdirSync(target.dir).sort()).toEqual([".mirrorctl", "m"]);
  });
});
