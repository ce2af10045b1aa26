import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  aptClient,
  createKey,
  describeNeeds,
  type PdiffDirectory,
  pdiffRow,
  serve,
  type TestKey,
  type TestServer,
} from "@mirror/testkit";
import { readKeyring } from "@mirror/verify";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createUnpacker, verifyTree } from "../src/index.js";
import { type Mirror, openMirror } from "./mirror.js";
import { PDIFFS, publishWithPatches } from "./pdiff-directory.js";

const MANY = Array.from({ length: 40 }, (_, at) => ({ package: `package-${at}`, version: "1.0" }));

let key: TestKey;
let mirror: Mirror;
let history: string[];

beforeAll(async () => {
  key = await createKey();
});
beforeEach(async () => {
  history = [];
  mirror = await openMirror(key, [{ suite: "stable", packages: MANY }]);
  mirror.spec = { indices: { ...mirror.fullSpec().indices, pdiffs: true } };
});
afterEach(() => mirror.close());

const latest = (...path: string[]) => join(mirror.dir, "m", "latest", ...path);
const pdiffs = (name = "") => latest("dists/stable", PDIFFS, name);
const publish = (version: string, tamper?: (directory: PdiffDirectory) => void) =>
  publishWithPatches(
    mirror.repository,
    history,
    { add: [{ package: "package-7", version }] },
    tamper,
  );
const verified = async () => {
  const tree = mirror.collection.latest();
  if (!tree) throw new TypeError("no tree");
  const keyring = await readKeyring([{ name: "test.gpg", bytes: key.binaryPublic, named: true }]);
  const unpacker = createUnpacker();
  const { problems } = await verifyTree(tree, {
    level: "quick",
    keyring,
    now: new Date(),
    unpacker,
  });
  return problems.map(({ code }) => code);
};

describeNeeds(describe, ["diff"], "index differences", () => {
  it("are mirrored with every patch that their Index lists", async () => {
    await publish("1.1");
    await publish("1.2");
    expect((await mirror.sync()).warnings).toEqual([]);
    expect(readdirSync(pdiffs()).sort()).toEqual([
      "2026-01-01-0000.00.gz",
      "2026-01-01-0001.00.gz",
      "Index",
      "by-hash",
    ]);
    expect(await verified()).toEqual([]);
    mirror.server.clear();
    await publish("1.3");
    await mirror.sync();
    const asked = mirror.server.requests.map(({ file }) => file);
    expect(asked.filter((file) => file.includes("2026-01-01"))).toEqual([
      `dists/stable/${PDIFFS}/2026-01-01-0002.00.gz`,
    ]);
    expect(await mirror.sync()).toMatchObject({ outcome: "unchanged" });
  });

  it("are left alone unless they are asked for, and go when they are no longer", async () => {
    await publish("1.1");
    await mirror.sync();
    mirror.spec = {};
    await mirror.sync();
    expect(existsSync(pdiffs())).toBe(false);
  });

  const index = (change: (text: string) => string) => (directory: PdiffDirectory) => {
    directory.index = change(directory.index);
  };
  it.each<[string, (directory: PdiffDirectory) => void]>([
    ["a patch that is missing", ({ patches }) => patches.clear()],
    [
      "a patch with other content of the same size",
      ({ patches }) => {
        for (const bytes of patches.values()) bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
      },
    ],
    [
      "a patch of another size",
      ({ patches }) => {
        for (const [name, bytes] of patches) patches.set(name, bytes.subarray(0, -1));
      },
    ],
    [
      "a patch that unpacks to something else",
      (directory) => {
        for (const [name, bytes] of directory.patches) {
          const other = gzipSync("1d\n");
          directory.patches.set(name, other);
          directory.index = directory.index.replace(pdiffRow(bytes), pdiffRow(other));
        }
      },
    ],
    [
      "a patch of eight pebibytes",
      index((text) => text.replace(/ (\d+) (\S+\.gz)/, " 9007199254740991 $2")),
    ],
    [
      "a name that leads up",
      index((text) => text.replaceAll(/2026-\S+?(?=\.gz|\n)/g, "../../../../../x")),
    ],
    ["an absolute name", index((text) => text.replaceAll(/2026-\S+?(?=\.gz|\n)/g, "/etc/x"))],
    ["a name in a directory", index((text) => text.replaceAll("2026-", "by-hash/2026-"))],
    [
      "its own name as a patch's",
      index((text) => text.replaceAll(/2026-\S+?(?=\.gz|\n)/g, "Index")),
    ],
    ["no digests of downloads", index((text) => text.replace(/SHA256-Download:\n( .*\n)+/, ""))],
    [
      "a thousand patches and more",
      index((text) => {
        const names = Array.from({ length: 1001 }, (_, at) => `p${at}`);
        const rows = (end: string) =>
          names.map((name) => ` ${pdiffRow("")} ${name}${end}\n`).join("");
        return `${text}${rows(".gz")}`.replace("SHA256-Patches:\n", `$&${rows("")}`);
      }),
    ],
    [
      "a hundred thousand patches",
      index((text) => text + ` ${pdiffRow("")} p.gz\n`.repeat(100_000)),
    ],
    ["garbage", index(() => "<html>\n")],
  ])("are left out whole with a warning where upstream has %s", async (_, tamper) => {
    await publish("1.1", tamper);
    const { warnings } = await mirror.sync();
    expect(warnings.map(({ code }) => code)).toEqual(["WARN_SYNC_PDIFFS_LEFT_OUT"]);
    expect(existsSync(pdiffs())).toBe(false);
    expect(existsSync(latest("dists/stable/main/binary-amd64/Packages.gz"))).toBe(true);
    expect(await verified()).toEqual([]);
  });

  it("that cannot be fetched fail the sync like any index, and change nothing", async () => {
    await publish("1.1");
    await mirror.sync();
    const before = readlinkSync(latest());
    mirror.server.fault(/0001\.00\.gz$/, { kind: "status", status: 503 });
    await publish("1.2");
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_FETCH_HTTP_STATUS" });
    expect(readlinkSync(latest())).toBe(before);
    mirror.server.clear();
    await mirror.sync();
    expect(existsSync(pdiffs("2026-01-01-0001.00.gz"))).toBe(true);
  });

  it("are verified: a patch that is damaged or gone is a problem", async () => {
    await publish("1.1");
    await mirror.sync();
    const patch = pdiffs("2026-01-01-0000.00.gz");
    writeFileSync(patch, "x");
    expect(await verified()).toEqual(["ERR_SYNC_TREE_WRONG_SIZE"]);
    rmSync(patch);
    expect(await verified()).toEqual(["ERR_SYNC_TREE_MISSING_FILE"]);
  });
});

describeNeeds(describe, ["apt-get", "diff"], "an apt client with an old index", () => {
  let web: TestServer;

  beforeEach(async () => {
    await mirror.sync();
    web = await serve(latest());
  });
  afterEach(() => web.close());

  it("updates it by patches", async () => {
    const root = join(mirror.dir, "..", "client");
    mkdirSync(root);
    const apt = await aptClient({
      root,
      sources: `deb ${web.url} stable main`,
      keyring: key.binaryPublic,
      configuration: 'Acquire::PDiffs "true";',
    });
    expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    await publish("1.1");
    await publish("1.2");
    await mirror.sync();
    web.clear();
    expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    const asked = web.requests.filter(({ status }) => status === 200).map(({ file }) => file);
    expect(asked).toContain(`dists/stable/${PDIFFS}/2026-01-01-0000.00.gz`);
    expect(asked).toContain(`dists/stable/${PDIFFS}/2026-01-01-0001.00.gz`);
    const whole = /binary-amd64\/(Packages(\.[gx]z)?$|by-hash)/;
    expect(asked.filter((file) => whole.test(file))).toEqual([]);
    expect(await apt.download("package-7=1.2")).toMatchObject({ exitCode: 0, errors: [] });
  });
});
