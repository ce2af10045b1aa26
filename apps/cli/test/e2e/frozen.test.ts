import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type AptClient,
  aptClient,
  createKey,
  createRepository,
  describeNeeds,
  serve,
  type TemporaryDirectory,
  type TestKey,
  type TestRepository,
  type TestServer,
  temporaryDirectory,
} from "@mirror/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mirrorctl } from "./mirrorctl.js";

describeNeeds(describe, ["apt-get"], "real apt against a mirror with an archived suite", () => {
  let place: TemporaryDirectory;
  let key: TestKey;
  let repository: TestRepository;
  let upstream: TestServer;
  let web: TestServer;
  let apt: AptClient;
  const at = (...segments: string[]) => join(place.path, ...segments);

  beforeAll(async () => {
    place = await temporaryDirectory("e2e-frozen-");
    key = await createKey();
    for (const name of ["mirrors", "apt"]) mkdirSync(at(name));
    repository = await createRepository(at("upstream"), {
      key,
      suites: [
        { suite: "trixie", packages: [{ package: "hello", version: "2.0" }] },
        {
          suite: "jessie",
          packages: [
            { package: "relic", version: "1.0", fields: { Depends: "relic-data" } },
            { package: "relic-data", version: "1.0", architecture: "all" },
          ],
        },
      ],
    });
    upstream = await serve(repository.directory);
    web = await serve(at("mirrors"));
    writeFileSync(at("archive.asc"), key.armoredPublic);
    const suite = (name: string) => `deb ${web.url}debian/latest ${name} main\n`;
    apt = await aptClient({
      root: at("apt"),
      sources: suite("trixie") + suite("jessie"),
      keyring: key.binaryPublic,
    });
    configure();
  }, 60_000);

  afterAll(async () => {
    await upstream?.close();
    await web?.close();
    await place?.remove();
  });

  const configure = (lines = "") =>
    writeFileSync(
      at("mirror.toml"),
      `dir = "${at("mirrors")}"
[mirrors.debian]
url = "${upstream.url}"
suites = ["trixie", "jessie"]
sections = ["main"]
architectures = ["amd64"]
pgp_key_path = "${at("archive.asc")}"
retries = 0
${lines}`,
    );
  const run = (...words: string[]) =>
    mirrorctl(place.path, ...words, "--config", at("mirror.toml"));
  const expectInstalls = async (...packages: string[]) => {
    expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    expect(await apt.download(...packages)).toMatchObject({ exitCode: 0, warnings: [] });
  };

  it("a suite that was never synced cannot be frozen", async () => {
    configure('frozen = ["jessie"]');
    const { status, stdout } = await run("sync", "--json");
    expect(status).toBe(1);
    const { error } = JSON.parse(stdout).mirrors[0];
    expect(error).toMatchObject({ code: "ERR_SYNC_FROZEN_NOT_HELD", facts: { suite: "jessie" } });
    expect(error.hint).toContain("out of frozen for one sync");
    configure();
    expect(await run("sync")).toMatchObject({ status: 0 });
    await expectInstalls("hello", "relic");
  });

  it("once upstream has dropped it, only freezing keeps the mirror going", async () => {
    rmSync(repository.suitePath("jessie"), { recursive: true });
    rmSync(repository.path("pool/main/r"), { recursive: true });
    const add = [{ package: "hello", version: "2.1" }];
    await repository.publish({ suites: { trixie: { add } } });
    expect(await run("sync")).toMatchObject({ status: 1 });
    configure('frozen = ["jessie"]');
    upstream.clear();
    const synced = await run("sync");
    expect(synced).toMatchObject({ status: 0 });
    expect(synced.stderr).not.toContain("WARN");
    expect(upstream.requests.filter(({ file }) => /jessie|relic/.test(file))).toEqual([]);
    await expectInstalls("hello=2.1", "relic", "relic-data");
  });

  it("snapshots of it pass the gate, and differ in what moved alone", async () => {
    expect(await run("snapshot", "create", "debian", "one", "--stage")).toMatchObject({
      status: 0,
    });
    expect(await run("snapshot", "promote", "debian")).toMatchObject({ status: 0 });
    const add = [{ package: "hello", version: "2.2" }];
    await repository.publish({ suites: { trixie: { add } } });
    expect(await run("sync")).toMatchObject({ status: 0 });
    expect(await run("snapshot", "create", "debian", "two", "--stage")).toMatchObject({
      status: 0,
    });
    const { stdout } = await run("snapshot", "diff", "debian", "--json");
    const changes = JSON.parse(stdout).mirrors[0].groups.flatMap(
      (group: { suite: string; upgraded: object[]; added: object[]; removed: object[] }) =>
        [...group.upgraded, ...group.added, ...group.removed].map(() => group.suite),
    );
    expect(changes).toEqual(["trixie"]);
    expect(await run("snapshot", "promote", "debian")).toMatchObject({ status: 0 });
    await expectInstalls("hello=2.2", "relic");
  });

  it("a key that is not in the keyring any more is a warning for it alone", async () => {
    const next = await createKey({ userId: "Next Archive <next@example.org>" });
    writeFileSync(at("archive.asc"), next.armoredPublic);
    await repository.publish({ suites: { trixie: { keys: [next] } } });
    const { status, stdout } = await run("sync", "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout).mirrors[0]).toMatchObject({
      warnings: [{ code: "WARN_SYNC_KEY_UNKNOWN", message: expect.stringContaining("jessie") }],
      suites: [{ signedBy: [next.fingerprint] }, { signedBy: [key.fingerprint] }],
    });
    const both = await aptClient({
      root: at("apt"),
      sources: `deb ${web.url}debian/latest trixie main\ndeb ${web.url}debian/latest jessie main\n`,
      keyring: Buffer.concat([key.binaryPublic, next.binaryPublic]),
    });
    expect(await both.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
  });

  it("with every suite frozen nobody is asked, and status says what stays", async () => {
    configure('frozen = ["jessie", "trixie"]');
    await upstream.close();
    const synced = await run("sync");
    expect(synced).toMatchObject({ status: 0 });
    expect(synced.stderr).toContain("No changes since");
    const { status, stdout } = await run("status", "--check");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}frozen +jessie, trixie$/m);
  });
});
