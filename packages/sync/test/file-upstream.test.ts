import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createKey, fingerprintTree, judgeMirror, type TestKey } from "@mirror/testkit";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Mirror, openMirror } from "./mirror.js";

let key: TestKey;
let mirror: Mirror;

beforeAll(async () => {
  key = await createKey();
});
beforeEach(async () => {
  const packages = [
    { package: "hello", version: "1.0" },
    { package: "odd", version: "1:1", filename: "pool/main/o/odd/odd_1%3a1+b~1#x?y_amd64.deb" },
  ];
  mirror = await openMirror(key, [{ suite: "stable", packages }], {}, { retryDelay: 10 });
  mirror.spec = { urls: [disk()] };
});
afterEach(() => mirror.close());

const disk = () => `${pathToFileURL(mirror.repository.directory).href}/`;
const onDisk = (...path: string[]) => mirror.repository.path(...path);
const latest = (...path: string[]) => join(mirror.dir, "m", "latest", ...path);
const shown = () => readlinkSync(latest());
const HELLO = "pool/main/h/hello/hello_1.0_amd64.deb";
const upgrade = (version: string) =>
  mirror.repository.publish({
    suites: { stable: { add: [{ package: "hello", version }] } },
  });

async function expectComplete(): Promise<void> {
  const verdict = await judgeMirror(`${latest()}/`, {
    keyring: key.binaryPublic,
    suites: ["stable"],
    components: ["main"],
    architectures: ["amd64"],
  });
  expect(verdict.violations).toEqual([]);
}

describe("an upstream on a disk", () => {
  it("is mirrored whole, without a request, and copied instead of linked", async () => {
    const before = await fingerprintTree(mirror.repository.directory);
    const dry = await mirror.dryRun();
    const report = await mirror.sync();
    expect(report).toMatchObject({ outcome: "changed", warnings: [], packages: 2 });
    expect(report.downloaded).toEqual(dry.toDownload);
    await expectComplete();
    expect(await fingerprintTree(mirror.repository.directory)).toEqual(before);
    expect(lstatSync(latest(HELLO)).ino).not.toBe(lstatSync(onDisk(HELLO)).ino);
    writeFileSync(onDisk(HELLO), "written to in place");
    await expectComplete();
    expect(mirror.server.requests).toEqual([]);
  });

  it("is unchanged as long as its Release is, and followed once that changes", async () => {
    await mirror.sync();
    const tree = shown();
    expect(await mirror.sync()).toMatchObject({ outcome: "unchanged" });
    // Unmounted and mounted again, its files are others with the same bytes.
    cpSync(mirror.repository.directory, `${mirror.repository.directory}-2`, { recursive: true });
    rmSync(mirror.repository.directory, { recursive: true });
    renameSync(`${mirror.repository.directory}-2`, mirror.repository.directory);
    expect(await mirror.sync()).toMatchObject({ outcome: "unchanged" });
    expect(shown()).toBe(tree);
    await upgrade("1.1");
    expect(await mirror.sync()).toMatchObject({ outcome: "changed" });
    await expectComplete();
  });

  it("that is not there fails the sync, and so does one whose Release is no file", async () => {
    await mirror.sync();
    const before = await fingerprintTree(join(mirror.dir, "m"));
    renameSync(mirror.repository.directory, `${mirror.repository.directory}-away`);
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_SYNC_NO_RELEASE" });
    renameSync(`${mirror.repository.directory}-away`, mirror.repository.directory);
    const release = mirror.repository.suitePath("stable", "InRelease");
    rmSync(release);
    execFileSync("mkfifo", [release]);
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_FETCH_READ" });
    expect(await fingerprintTree(join(mirror.dir, "m"))).toEqual(before);
  });

  it("with a damaged package fails the sync by its digest", async () => {
    const size = lstatSync(onDisk(HELLO)).size;
    writeFileSync(onDisk(HELLO), Buffer.alloc(size));
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_FETCH_DIGEST_MISMATCH" });
    expect(existsSync(latest())).toBe(false);
    expect(readdirSync(mirror.collection.paths.partial)).not.toContain("hello");
  });

  it("that publishes anew in mid-sync is read again", async () => {
    const next = `${mirror.repository.directory}-next`;
    const now = `${mirror.repository.directory}-now`;
    cpSync(mirror.repository.directory, now, { recursive: true, preserveTimestamps: true });
    await upgrade("1.1");
    renameSync(mirror.repository.directory, next);
    renameSync(now, mirror.repository.directory);
    mirror.listen = (event) => {
      const isDue = event.type === "phase-started" && event.phase === "packages";
      if (!isDue || !existsSync(next)) return;
      rmSync(mirror.repository.directory, { recursive: true });
      renameSync(next, mirror.repository.directory);
    };
    const report = await mirror.sync();
    expect(report.outcome).toBe("changed");
    expect(mirror.events.some(({ type }) => type === "restarted")).toBe(true);
    expect(existsSync(latest("pool/main/h/hello/hello_1.1_amd64.deb"))).toBe(true);
    await expectComplete();
  });
});

describe("a disk beside a server", () => {
  it("stands in for a server that does not answer", async () => {
    const { url } = mirror.server;
    mirror.spec = { urls: [url, disk()] };
    await mirror.server.close();
    expect(await mirror.sync()).toMatchObject({ outcome: "changed", packages: 2 });
    await expectComplete();
    expect(await mirror.sync()).toMatchObject({ outcome: "unchanged" });
  });

  it("does not take a mirror back to what was before", async () => {
    const older = `${mirror.repository.directory}-older`;
    cpSync(mirror.repository.directory, older, { recursive: true });
    await upgrade("1.1");
    const { url } = mirror.server;
    mirror.spec = { urls: [url, `${pathToFileURL(older).href}/`] };
    await mirror.sync();
    const tree = shown();
    await mirror.server.close();
    await expect(mirror.sync()).rejects.toMatchObject({ code: "ERR_FETCH_CONNECT" });
    mirror.spec = { urls: [`${pathToFileURL(older).href}/`] };
    expect((await mirror.sync()).warnings).toMatchObject([{ code: "WARN_SYNC_ROLLBACK" }]);
    expect(shown()).toBe(tree);
  });

  it("is passed over where its Release is not what was signed", async () => {
    const release = mirror.repository.suitePath("stable", "InRelease");
    const damaged = `${mirror.repository.directory}-damaged`;
    cpSync(mirror.repository.directory, damaged, { recursive: true });
    const text = readFileSync(release, "utf8").replace(/^Origin: .*$/m, "Origin: Somebody else");
    writeFileSync(join(damaged, "dists/stable/InRelease"), text);
    mirror.spec = { urls: [`${pathToFileURL(damaged).href}/`, mirror.server.url] };
    expect(await mirror.sync()).toMatchObject({ outcome: "changed", packages: 2 });
    await expectComplete();
  });
});
