import { existsSync, mkdirSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import {
  aptClient,
  createKey,
  describeNeeds,
  judgeMirror,
  serve,
  type TestKey,
  type TestServer,
} from "@mirror/testkit";
import { readKeyring } from "@mirror/verify";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createUnpacker, explainPackage, verifyTree } from "../src/index.js";
import { filters } from "./candidates.js";
import { type Mirror, openMirror } from "./mirror.js";

const DAY = 86_400_000;
const OLD = "pool/main/h/hello/hello_1.0_amd64.deb";
const OTHER = "pool/main/o/other/other_1.0_amd64.deb";

let key: TestKey;
let mirror: Mirror;

beforeAll(async () => {
  key = await createKey();
});
beforeEach(async () => {
  mirror = await openMirror(key, [
    {
      suite: "stable",
      hashes: ["MD5Sum", "SHA1", "SHA256", "SHA512"],
      translations: true,
      packages: [
        { package: "hello", version: "1.0" },
        { package: "other", version: "1.0" },
      ],
    },
  ]);
  await mirror.sync();
});
afterEach(() => mirror.close());

const latest = (...path: string[]) => join(mirror.dir, "m", "latest", ...path);
const publishHello = (version: string) =>
  mirror.repository.publish({ suites: { stable: { add: [{ package: "hello", version }] } } });
const byHash = () =>
  [...(mirror.collection.latest()?.files() ?? [])]
    .map(({ path }) => path)
    .filter((path) => path.includes("/by-hash/"));
const verified = async () => {
  const tree = mirror.collection.latest();
  if (!tree) throw new TypeError("no tree");
  const keyring = await readKeyring([{ name: "test.gpg", bytes: key.binaryPublic, named: true }]);
  const options = { level: "full", keyring, now: new Date(), unpacker: createUnpacker() } as const;
  const { problems, warnings } = await verifyTree(tree, options);
  return [...problems, ...warnings];
};

const explain = async (name: string, keepVersions = 0) => {
  const tree = mirror.collection.latest();
  if (!tree) throw new TypeError("no tree");
  return explainPackage(tree, filters({ keepVersions }), name, { unpacker: createUnpacker() });
};

describe("what left upstream", () => {
  it("stays in the next trees with its by-hash files, in every hash list, and is told", async () => {
    const before = byHash();
    for (const list of ["MD5Sum", "SHA1", "SHA256", "SHA512"])
      expect(before.some((path) => path.includes(`/binary-amd64/by-hash/${list}/`))).toBe(true);
    await publishHello("1.1");
    const dry = await mirror.dryRun();
    const report = await mirror.sync();
    expect(existsSync(latest(OLD))).toBe(true);
    for (const path of before) expect(existsSync(latest(path))).toBe(true);
    expect(byHash().length).toBeGreaterThan(before.length);
    expect(report.carried.files).toBeGreaterThan(4);
    expect(dry.carried).toEqual(report.carried);
    expect(dry.toFree.files).toBe(0);
    expect(dry.total.files).toBe(dry.present.files + dry.toDownload.files);
    expect((await mirror.sync()).carried).toEqual(report.carried);
    expect(await verified()).toEqual([]);
    const judged = await judgeMirror(`${latest()}/`, {
      keyring: key.binaryPublic,
      suites: ["stable"],
      components: ["main"],
      architectures: ["amd64"],
    });
    expect(judged.violations).toEqual([]);
  });

  it("goes after three days and two trees, and never because of the time alone", async () => {
    await publishHello("1.1");
    await mirror.sync();
    mirror.later = 30 * DAY;
    expect(await mirror.sync()).toMatchObject({ outcome: "unchanged" });
    expect(existsSync(latest(OLD))).toBe(true);
    await mirror.repository.publish();
    await mirror.sync();
    expect(existsSync(latest(OLD))).toBe(true);
    await mirror.repository.publish();
    const { carried } = await mirror.sync();
    expect(existsSync(latest(OLD))).toBe(false);
    expect(carried).toEqual({ files: 0, bytes: 0 });
    expect(await verified()).toEqual([]);
  });

  it("is explained as what left, with the time until which it is carried", async () => {
    await publishHello("1.1");
    await mirror.sync();
    expect(await explain("hello")).toEqual({
      sameFilters: true,
      versions: [expect.objectContaining({ version: "1.1", isIn: true })],
      left: [
        {
          version: "1.0",
          packageArchitecture: "amd64",
          path: OLD,
          left: expect.any(Date),
          until: expect.any(Date),
        },
      ],
    });
    const [one] = (await explain("hello")).left;
    expect(Number(one?.until) - Number(one?.left)).toBe(3 * DAY);
    expect(Math.abs(Number(one?.left) - Date.now())).toBeLessThan(DAY);
    expect((await explain("other")).left).toEqual([]);
    await mirror.repository.publish({ suites: { stable: { remove: ["hello"] } } });
    await mirror.sync();
    const gone = await explain("hello");
    expect(gone.versions).toEqual([]);
    expect(gone.left.map(({ version }) => version).sort()).toEqual(["1.0", "1.1"]);
  });

  it("is explained as left out where upstream has it still and a filter dropped it", async () => {
    mirror.spec = { filters: filters({ keepVersions: 1 }) };
    await mirror.sync();
    const packages = ["1.0", "1.1"].map((version) => ({ package: "hello", version }));
    await mirror.repository.publish({ suites: { stable: { packages } } });
    await mirror.sync();
    expect(existsSync(latest(OLD))).toBe(true);
    expect(await explain("hello", 1)).toMatchObject({
      versions: [
        {
          version: "1.0",
          isIn: false,
          why: { kind: "filter", filter: "keepVersions" },
          carried: { left: expect.any(Date), until: expect.any(Date) },
        },
        { version: "1.1", isIn: true, why: { kind: "listed" } },
      ],
      left: [],
    });
  });

  it("is upstream's again once it is listed again", async () => {
    await publishHello("1.1");
    await mirror.sync();
    mirror.server.clear();
    await publishHello("1.0");
    await mirror.sync();
    expect(mirror.server.requests.filter(({ file }) => file.endsWith("_1.0_amd64.deb"))).toEqual(
      [],
    );
    const file = [...(mirror.collection.latest()?.files() ?? [])].find(({ path }) => path === OLD);
    expect(file?.checked).not.toContain("left:");
  });

  it("gives way to other content under the same path", async () => {
    await mirror.repository.publish({ suites: { stable: { remove: ["hello"] } } });
    await mirror.sync();
    const old = readFileSync(latest(OLD));
    await mirror.repository.publish({
      suites: { stable: { add: [{ package: "hello", version: "1.0", payload: 5_000 }] } },
    });
    await mirror.sync();
    expect(readFileSync(latest(OLD)).equals(old)).toBe(false);
    expect(await verified()).toEqual([]);
  });

  it("gives way to a directory of that name", async () => {
    const filename = `${OLD}/inside_1_amd64.deb`;
    await mirror.repository.publish({ suites: { stable: { remove: ["hello"] } } });
    await mirror.sync();
    await mirror.repository.publish({
      suites: { stable: { add: [{ package: "inside", version: "1", filename }] } },
    });
    await mirror.sync();
    expect(existsSync(latest(filename))).toBe(true);
    expect(await verified()).toEqual([]);
  });

  it("goes at once where the settings took it out, or where it is damaged", async () => {
    await publishHello("1.1");
    await mirror.sync();
    truncateSync(latest(OLD), 3);
    await mirror.repository.publish({ suites: { stable: { remove: ["other"] } } });
    await mirror.sync();
    expect(existsSync(latest(OLD))).toBe(false);
    expect(existsSync(latest(OTHER))).toBe(true);
    mirror.spec = { indices: { ...mirror.fullSpec().indices, translations: false } };
    await mirror.sync();
    expect(existsSync(latest(OTHER))).toBe(false);
    expect(await verified()).toEqual([]);
  });
});

describeNeeds(describe, ["apt-get"], "an apt client", () => {
  let web: TestServer;
  const client = (name: string) => {
    const root = join(mirror.dir, "..", name);
    mkdirSync(root);
    const sources = `deb ${web.url} stable main`;
    return aptClient({ root, sources, keyring: key.binaryPublic });
  };

  beforeEach(async () => {
    web = await serve(latest());
  });
  afterEach(() => web.close());

  it("that updated before twelve syncs back to back still downloads what it saw", async () => {
    const apt = await client("before");
    expect(await apt.update()).toMatchObject({ exitCode: 0, errors: [] });
    for (let sync = 1; sync <= 12; sync += 1) {
      await publishHello(`1.${sync}`);
      await mirror.sync();
    }
    expect(await apt.download("hello=1.0", "other")).toMatchObject({ exitCode: 0, errors: [] });
    expect(await apt.update()).toMatchObject({ exitCode: 0, errors: [] });
    expect(await apt.download("hello=1.12")).toMatchObject({ exitCode: 0, errors: [] });
  });

  it("that read the Release of before still gets the indices that it lists", async () => {
    const inRelease = readFileSync(latest("dists/stable/InRelease"));
    for (let sync = 1; sync <= 12; sync += 1) {
      await publishHello(`1.${sync}`);
      await mirror.sync();
    }
    web.fault("dists/stable/InRelease", { kind: "content", body: inRelease });
    const apt = await client("between");
    expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    expect(await apt.download("hello=1.0")).toMatchObject({ exitCode: 0, errors: [] });
  });
});
