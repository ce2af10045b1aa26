import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  aptClient,
  createKey,
  createRepository,
  describeNeeds,
  type RepositorySpec,
  type SuiteSpec,
  serve,
  type TemporaryDirectory,
  type TestKey,
  type TestRepository,
  type TestServer,
  temporaryDirectory,
} from "@mirror/testkit";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Target } from "./target.js";

const HOUR = 3_600_000;
const PACKAGES = [{ package: "hello", version: "1" }];
const SUITE: SuiteSpec = { suite: "stable", compressions: [""], packages: PACKAGES };

let directory: TemporaryDirectory;
let key: TestKey;
let server: TestServer;
let names = 0;

const ago = (hours: number) => new Date(Math.floor(Date.now() / 1000) * 1000 - hours * HOUR);

async function upstream(
  suite: Partial<SuiteSpec> = {},
  more: RepositorySpec["suites"] = [],
): Promise<{ url: string; repository: TestRepository }> {
  names += 1;
  const root = join(directory.path, `upstream${names}`);
  const suites = [{ ...SUITE, ...suite }, ...more];
  const repository = await createRepository(root, { key, suites });
  return { url: `${server.url}upstream${names}/`, repository };
}

function mirror(...urls: string[]): Target {
  names += 1;
  return new Target({
    dir: join(directory.path, `store${names}`),
    urls,
    keyring: key.binaryPublic,
  });
}

const warnings = ({ warnings: all }: { warnings: readonly { code: string }[] }) =>
  all.map(({ code }) => code);

beforeAll(async () => {
  key = await createKey({ created: ago(24 * 30) });
});
beforeEach(async () => {
  directory = await temporaryDirectory("hostile-");
  server = await serve(directory.path);
});
afterEach(async () => {
  await server.close();
  await directory.remove();
});

describe("a Release past its Valid-Until", () => {
  it("is refused, cold and warm, and accepted where nobody is to look", async () => {
    const good = await upstream({ date: ago(5) });
    const expired = await upstream({ date: ago(3), validUntil: ago(1) });
    const target = mirror(expired.url);
    await target.refuses("ERR_SYNC_EXPIRED_RELEASE");
    target.urls = [good.url];
    await target.accepts();
    target.urls = [expired.url];
    await target.refuses("ERR_SYNC_EXPIRED_RELEASE");
    const { freshness } = target.fullSpec;
    target.spec = { freshness: { ...freshness, checkValidUntil: false } };
    await target.accepts();
  });

  it("is asked of the next URL", async () => {
    const expired = await upstream({ date: ago(3), validUntil: ago(1) });
    const good = await upstream({ date: ago(2) });
    await mirror(expired.url, good.url).accepts();
  });

  it("is an error from the hour on at which the published one expires, and the tree stays", async () => {
    const { url } = await upstream({ date: ago(3), validUntil: ago(-1) });
    const target = mirror(url);
    await target.accepts();
    expect(await target.sync()).toMatchObject({ outcome: "unchanged" });
    target.now = () => ago(-2);
    await target.refuses("ERR_SYNC_EXPIRED_RELEASE");
  });
});

describe("a Release from the future", () => {
  it("is refused beyond ten seconds, cold and warm", async () => {
    const good = await upstream({ date: ago(5) });
    const date = ago(-1);
    const future = await upstream({ date, signedAt: ago(0) });
    const target = mirror(future.url);
    const clock = (early: number) => () => new Date(date.getTime() - early * 1000);
    target.now = clock(12);
    await target.refuses("ERR_SYNC_NOT_YET_VALID");
    target.urls = [good.url];
    await target.accepts();
    target.urls = [future.url];
    await target.refuses("ERR_SYNC_NOT_YET_VALID");
    target.now = clock(9);
    await target.accepts();
  });
});

describe("an older Release than the one accepted before", () => {
  it("is not followed: the next URL is asked", async () => {
    const newer = await upstream({ date: ago(2) });
    const older = await upstream({ date: ago(4), packages: [] });
    const newest = await upstream({ date: ago(1), packages: [{ package: "news", version: "1" }] });
    const target = mirror(newer.url);
    await target.accepts();
    target.urls = [older.url, newest.url];
    expect(await target.accepts()).toMatchObject({ outcome: "changed" });
    target.urls = [older.url, newer.url, newest.url];
    expect(await target.sync()).toMatchObject({ outcome: "unchanged" });
  });

  it("leaves all as it is with a warning, and is an error after 24 hours", async () => {
    const newer = await upstream({ date: ago(2) });
    const older = await upstream({ date: ago(4), packages: [] });
    const target = mirror(newer.url);
    await target.accepts();
    const before = await target.published();
    target.urls = [older.url];
    const first = await target.sync();
    expect([first.outcome, ...warnings(first)]).toEqual(["unchanged", "WARN_SYNC_ROLLBACK"]);
    target.now = () => ago(-23);
    expect(warnings(await target.sync())).toEqual(["WARN_SYNC_ROLLBACK"]);
    expect(await target.published()).toEqual(before);
    target.now = () => ago(-25);
    await target.refuses("ERR_SYNC_ROLLBACK");
    // The newer one comes back, and goes once more: 24 hours begin anew.
    target.urls = [newer.url];
    expect(warnings(await target.sync())).toEqual([]);
    target.urls = [older.url];
    expect(warnings(await target.sync())).toEqual(["WARN_SYNC_ROLLBACK"]);
  });

  it("is refused at once where the newer tree is gone", async () => {
    const newer = await upstream({ date: ago(2) });
    const older = await upstream({ date: ago(4) });
    const target = mirror(newer.url);
    await target.accepts();
    rmSync(target.latest);
    target.urls = [older.url];
    await target.refuses("ERR_SYNC_ROLLBACK");
  });

  it("is followed where the operator allows it", async () => {
    const newer = await upstream({ date: ago(2) });
    const older = await upstream({ date: ago(4), packages: [] });
    const target = mirror(newer.url);
    await target.accepts();
    const { freshness } = target.fullSpec;
    target.spec = { freshness: { ...freshness, allowRollback: true } };
    target.urls = [older.url];
    expect(await target.accepts()).toMatchObject({ outcome: "changed", packages: 0 });
  });

  it("is none if the Date is the same, whatever else changed", async () => {
    const date = ago(2);
    const one = await upstream({ date });
    const other = await upstream({ date, packages: [] });
    const target = mirror(one.url);
    await target.accepts();
    target.urls = [other.url];
    expect(await target.accepts()).toMatchObject({ outcome: "changed", packages: 0 });
  });

  it("stays older although a Release without a Date came between", async () => {
    const newer = await upstream({ date: ago(2) });
    const undated = await upstream({ date: ago(1), fields: { Date: undefined } });
    const older = await upstream({ date: ago(4), packages: [] });
    const target = mirror(newer.url);
    await target.accepts();
    for (const { url } of [undated, older]) {
      target.urls = [url];
      expect(warnings(await target.sync())).toEqual(["WARN_SYNC_ROLLBACK"]);
    }
    expect(await target.judge()).toEqual([]);
  });
});

describe("the genuine Release of something else", () => {
  it("is refused in the place of a suite that was seen before", async () => {
    const { url } = await upstream({ date: ago(4) }, [
      { ...SUITE, suite: "testing", date: ago(2) },
    ]);
    const target = mirror(url);
    await target.accepts();
    server.fault(/dists\/stable\/.*/, {
      kind: "respond",
      respond: (request, response) => {
        const location = (request.url ?? "").replace("/stable/", "/testing/");
        response.writeHead(302, { Location: location, "Content-Length": "0" }).end();
      },
    });
    await target.refuses("ERR_SYNC_RELEASE_CHANGED");
  });

  it("is refused in the place of two suites at once", async () => {
    const { url } = await upstream({ date: ago(4) }, [
      { ...SUITE, suite: "testing", date: ago(2) },
    ]);
    const target = mirror(url);
    target.spec = { suites: ["stable", "testing"] };
    server.fault(/dists\/stable\/.*/, {
      kind: "respond",
      respond: (request, response) => {
        const location = (request.url ?? "").replace("/stable/", "/testing/");
        response.writeHead(302, { Location: location, "Content-Length": "0" }).end();
      },
    });
    await target.refuses("ERR_SYNC_SAME_RELEASE_TWICE");
  });

  it("is told of where the suite was never seen", async () => {
    const { url } = await upstream({ suiteName: "testing", codename: "next" });
    expect(warnings(await mirror(url).accepts())).toEqual(["WARN_SYNC_RELEASE_INFO"]);
  });

  it.each(["codename", "origin", "label"] as const)(
    "is told by another %s, refused, or followed if allowed",
    async (field) => {
      const good = await upstream({ date: ago(4) });
      const changed = await upstream({ date: ago(2), [field]: "Other" });
      const lacking = await upstream({
        date: ago(2),
        fields: { [field.replace(/^./, (letter) => letter.toUpperCase())]: undefined },
      });
      const target = mirror(good.url);
      await target.accepts();
      for (const { url } of [changed, lacking]) {
        target.urls = [url];
        await target.refuses("ERR_SYNC_RELEASE_CHANGED");
      }
      const { freshness } = target.fullSpec;
      target.spec = { freshness: { ...freshness, allowReleaseInfoChange: true } };
      target.urls = [changed.url];
      await target.accepts();
    },
  );

  it.each([{ suiteName: "oldstable" }, { fields: { Version: "13.1" } }])(
    "is not meant by another Suite or Version: %o",
    async (change) => {
      const good = await upstream({ date: ago(4), fields: { Version: "13.0" } });
      const changed = await upstream({ date: ago(2), fields: { Version: "13.0" }, ...change });
      const target = mirror(good.url);
      await target.accepts();
      target.urls = [changed.url];
      expect(warnings(await target.accepts())).toEqual(["WARN_SYNC_RELEASE_INFO"]);
    },
  );
});

const DATES: readonly (readonly [string, Partial<SuiteSpec>, "accepts" | RegExp])[] = [
  ["a recent Release", {}, "accepts"],
  ["a Release valid until tomorrow", { validUntil: ago(-24) }, "accepts"],
  ["an old Release without Valid-Until", { date: ago(24 * 3000), signedAt: ago(1) }, "accepts"],
  [
    "a Release that has expired",
    { date: ago(3), validUntil: ago(1) },
    /^ERR_SYNC_EXPIRED_RELEASE$/,
  ],
  ["a Release of tomorrow", { date: ago(-24), signedAt: ago(1) }, /^ERR_SYNC_NOT_YET_VALID$/],
  ["a Release without Date", { fields: { Date: undefined } }, "accepts"],
  ["a Valid-Until that is none", { fields: { "Valid-Until": "always" } }, /^ERR_SYNC_BAD_RELEASE$/],
];

describe("a Date that is none", () => {
  it("is refused, where apt only warns", async () => {
    const { url } = await upstream({ fields: { Date: "yesterday" } });
    await mirror(url).refuses("ERR_SYNC_BAD_RELEASE");
  });
});

describeNeeds(describe, ["apt-get", "gpgv"], "dates, judged by apt-get update too", () => {
  it.each(DATES)("%s", async (_name, suite, expected) => {
    const { url } = await upstream(suite);
    const target = mirror(url);
    if (expected === "accepts") await target.accepts();
    else await target.refuses(expected);
    const root = join(directory.path, "apt");
    mkdirSync(root);
    const apt = await aptClient({
      root,
      sources: `deb ${url} stable main`,
      keyring: key.binaryPublic,
    });
    const { exitCode } = await apt.update();
    expect(exitCode === 0 ? "accepts" : "refuses").toBe(
      expected === "accepts" ? "accepts" : "refuses",
    );
  });
});
