import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  aptClient,
  aptFtparchive,
  clearsign,
  createKey,
  createRepository,
  describeNeeds,
  nginx,
  type SuiteSpec,
  serve,
  type TestKey,
  type TestRepository,
  type TestServer,
  temporaryDirectory,
} from "../src/index.js";

let key: TestKey;
beforeAll(async () => {
  key = await createKey({ signingSubkey: true });
});

async function upstream(
  suites: readonly SuiteSpec[],
): Promise<{ root: string; repository: TestRepository; server: TestServer }> {
  const directory = await temporaryDirectory();
  const root = join(directory.path, "apt");
  await mkdir(root);
  const repository = await createRepository(join(directory.path, "repository"), { key, suites });
  const server = await serve(repository.directory);
  onTestFinished(async () => {
    await server.close();
    await directory.remove();
  });
  return { root, repository, server };
}

describeNeeds(describe, ["apt-get", "gpgv"], "the real apt", () => {
  it("updates, downloads and fetches sources without a warning, then hears of nothing new", async () => {
    const { root, server } = await upstream([
      {
        suite: "stable",
        components: ["main", "contrib"],
        architectures: ["amd64", "arm64"],
        binaryAll: "also",
        translations: true,
        contents: true,
        compressions: ["gz"],
        packages: [
          { package: "hello", version: "1:1.0+b~1-1", depends: "doc" },
          { package: "doc", version: "2", architecture: "all", component: "contrib" },
        ],
        sources: [{ package: "hello", version: "1:1.0+b~1-1" }],
      },
      { suite: "stable/updates", componentPrefix: "updates/", suiteName: "stable-security" },
    ]);
    const apt = await aptClient({
      root,
      keyring: key.binaryPublic,
      sources: `deb ${server.url} stable main contrib
deb-src ${server.url} stable main
deb ${server.url} stable/updates main
`,
    });
    expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
    expect(server.requests.some((request) => request.file.includes("/by-hash/"))).toBe(true);
    expect(await apt.download("hello")).toMatchObject({ exitCode: 0, errors: [] });
    const debs = (await readdir(apt.archives)).filter((name) => name.endsWith(".deb"));
    expect(debs.sort()).toEqual(["doc_2_all.deb", "hello_1%3a1.0+b~1-1_amd64.deb"]);
    expect(await apt.source("hello")).toMatchObject({ exitCode: 0 });
    expect(await readdir(join(root, "source"))).toContain("hello_1.0+b~1-1.dsc");
    server.clear();
    expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [] });
    expect(server.requests.map((request) => request.status)).toEqual([304, 304]);
  });

  it("reads flat repositories, and Release with Release.gpg alone, from a deb822 source", async () => {
    const { root, server } = await upstream([
      { suite: "./", packages: [{ package: "root", version: "1" }] },
      {
        suite: "sub/",
        packages: [{ package: "sub", version: "1" }],
        forms: ["Release", "Release.gpg"],
        codename: "sub/",
      },
    ]);
    const apt = await aptClient({
      root,
      keyring: key.armoredPublic,
      sources: `Types: deb\nURIs: ${server.url}\nSuites: ./ sub/\n`,
    });
    expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [] });
    expect(await apt.download("root", "sub")).toMatchObject({ exitCode: 0, errors: [] });
  });

  it("follows a later publication, and refuses what is expired, tampered with or signed by another", async () => {
    const { root, repository, server } = await upstream([
      { suite: "stable", packages: [{ package: "a", version: "1" }] },
    ]);
    const apt = await aptClient({
      root,
      keyring: key.binaryPublic,
      sources: `deb ${server.url} stable main`,
    });
    expect((await apt.update()).exitCode).toBe(0);
    await repository.publish({ suites: { stable: { add: [{ package: "a", version: "2" }] } } });
    expect((await apt.update()).exitCode).toBe(0);
    expect((await apt.download("a=2")).exitCode).toBe(0);

    await repository.publish({
      suites: { stable: { validUntil: new Date(Date.now() - 60_000) } },
    });
    const expired = await apt.update();
    expect(expired.exitCode).toBe(100);
    expect(expired.errors.join()).toContain("expired");

    await repository.publish({ suites: { stable: { validUntil: new Date(Date.now() + 1e8) } } });
    server.fault("InRelease", { kind: "content", body: (right) => `${right}Evil: yes\n` });
    expect((await apt.update()).stderr).toContain("Splitting up");
    server.clear();

    const stranger = await createKey();
    const text = await readFile(repository.suitePath("stable", "Release"), "utf8");
    await writeFile(repository.suitePath("stable", "InRelease"), await clearsign(text, stranger));
    expect((await apt.update()).stderr).toContain("NO_PUBKEY");
  });
});

describeNeeds(describe, ["nginx"], "the real nginx", () => {
  it("serves through links, logs what it was asked for, and is gone when closed", async () => {
    const { root, repository } = await upstream([
      { suite: "stable", packages: [{ package: "a+b", version: "1~1" }] },
    ]);
    await symlink(repository.directory, repository.path("current"));
    const server = await nginx({
      root,
      directory: repository.directory,
      user: "www-data",
      server: "    location /dists/ { add_header Cache-Control no-cache; }\n",
    });
    onTestFinished(() => server.close());
    const found = await fetch(`${server.url}current/pool/main/a/a%2bb/a%2bb_1%7e1_amd64.deb`);
    expect(found.status).toBe(200);
    const bytes = await found.arrayBuffer();
    const release = await fetch(`${server.url}dists/stable/InRelease`);
    expect(release.headers.get("cache-control")).toBe("no-cache");
    expect((await fetch(`${server.url}missing`)).status).toBe(404);
    expect(await server.requests()).toMatchObject([
      { status: 200, sentBytes: bytes.byteLength, method: "GET" },
      { path: "/dists/stable/InRelease" },
      { path: "/missing", status: 404 },
    ]);
    await server.close();
    await server.close();
    await expect(fetch(server.url)).rejects.toThrow();
  });
});

describeNeeds(describe, ["apt-ftparchive"], "the real apt-ftparchive", () => {
  it("agrees with us about what a package's stanza says", async () => {
    const { repository } = await upstream([
      { suite: "stable", packages: [{ package: "a", version: "1", depends: "b" }] },
    ]);
    const theirs = await aptFtparchive(repository.directory, ["packages", "pool"]);
    const ours = await readFile(
      repository.suitePath("stable", "main/binary-amd64/Packages"),
      "utf8",
    );
    const fields = (text: string): string[] =>
      text
        .split("\n")
        .filter((line) => line !== "" && !/^(SHA512|Description-md5):/.test(line))
        .sort();
    expect(fields(ours)).toEqual(fields(theirs));
  });
});
