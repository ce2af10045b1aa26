import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aptFtparchive, clearsign, createKey, describeNeeds, type TestKey } from "@mirror/testkit";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Mirror, openMirror } from "./mirror.js";

const IMAGES = "main/installer-amd64/current/images";

let key: TestKey;
let mirror: Mirror;

beforeAll(async () => {
  key = await createKey();
});
beforeEach(async () => {
  mirror = await openMirror(key, [
    {
      suite: "stable",
      packages: [
        { package: "hello", version: "1.0" },
        { package: "netcfg", version: "1.0", udeb: true },
      ],
    },
  ]);
  mirror.spec = {
    byHash: "yes",
    indices: { ...mirror.fullSpec().indices, installer: true },
  };
});
afterEach(() => mirror.close());

/** Makes the suite's indices anew, by `apt-ftparchive` alone. */
async function publishByFtparchive(linux: string): Promise<void> {
  const root = mirror.repository.directory;
  const suite = (...path: string[]) => mirror.repository.suitePath("stable", ...path);
  rmSync(suite(), { recursive: true });
  mkdirSync(suite(IMAGES, "netboot"), { recursive: true });
  const tree = (directory: string, extension: string) =>
    `BinDirectory "pool" { Packages "dists/stable/main/${directory}/Packages"; ` +
    `BinCacheDB "${directory.replaceAll("/", "-")}.db"; Packages::Extensions "${extension}"; };\n`;
  for (const [directory, extension] of [
    ["binary-amd64", ".deb"],
    ["debian-installer/binary-amd64", ".udeb"],
  ] as const) {
    mkdirSync(suite("main", directory), { recursive: true });
    const conf = `Dir { ArchiveDir "."; CacheDir "."; };\nDefault::Packages::Compress ". gzip xz";\n`;
    writeFileSync(join(root, "ftparchive.conf"), conf + tree(directory, extension));
    await aptFtparchive(root, ["generate", "ftparchive.conf"]);
  }
  writeFileSync(suite(IMAGES, "netboot/linux"), linux);
  const sum = createHash("sha256").update(linux).digest("hex");
  writeFileSync(suite(IMAGES, "SHA256SUMS"), `${sum}  ./netboot/linux\n`);
  const fields = ["Suite=stable", "Codename=stable", "Components=main", "Architectures=amd64"];
  const text = await aptFtparchive(root, [
    ...[...fields, "Patterns::=SHA256SUMS"].flatMap((field) => [
      "-o",
      `APT::FTPArchive::Release::${field}`,
    ]),
    "release",
    "dists/stable",
  ]);
  writeFileSync(suite("InRelease"), await clearsign(text, [key]));
}

describeNeeds(describe, ["apt-ftparchive"], "a repository that apt-ftparchive made", () => {
  it("is mirrored with its installer, and what leaves it is carried", async () => {
    const latest = (...path: string[]) => join(mirror.dir, "m", "latest", ...path);
    await publishByFtparchive("a kernel");
    expect((await mirror.sync()).warnings).toEqual([]);
    expect(readFileSync(latest("dists/stable", IMAGES, "netboot/linux"), "utf8")).toBe("a kernel");
    const poolFile = (end: string) =>
      mirror.repository.poolFiles().find((path) => path.endsWith(end)) ?? "none";
    const [udeb, deb] = [poolFile(".udeb"), poolFile(".deb")];
    expect(existsSync(latest(udeb))).toBe(true);
    expect(existsSync(latest(deb))).toBe(true);

    rmSync(mirror.repository.path(deb));
    await publishByFtparchive("another kernel");
    const report = await mirror.sync();
    expect(report.carried.files).toBeGreaterThan(1);
    expect(existsSync(latest(deb))).toBe(true);
    expect(readFileSync(latest("dists/stable", IMAGES, "netboot/linux"), "utf8")).toBe(
      "another kernel",
    );
  });
});
