import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AptClient, aptFtparchive, describeNeeds, gpgSign } from "@mirror/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Deb, writePackages, writeSource } from "../packages.js";
import { run } from "../run.js";
import { openWorkplace, type Workplace } from "../workplace.js";
import { sumsBelow, sumsOf } from "./sums.js";

const TOOLS = ["apt-ftparchive", "apt-get", "dpkg-scanpackages", "dpkg-scansources", "dpkg-source"];

/** One directory is the whole repository, another lies below it and is signed in the older way. */
const FLAT = { "./": ["InRelease", "Release", "Release.gpg"], "old/": ["Release", "Release.gpg"] };
type Flat = keyof typeof FLAT;

describeNeeds(
  describe,
  [...TOOLS, "gpg", "gpgv", "gzip", "nginx", "sha256sum", "xz"],
  "flat repositories by dpkg-scanpackages and dpkg-scansources",
  () => {
    let place: Workplace;
    let apt: AptClient;
    let publications = 0;
    const wanted = { suites: Object.keys(FLAT), sources: true, whole: true };

    const publish = async (flat: Flat, packages: readonly Deb[]) => {
      publications += 1;
      await writePackages(join(place.archive, flat, "debs"), packages);
      const scan = async (tool: string, index: string, ...options: string[]) => {
        const directory = flat === "./" ? "debs" : `${flat}debs`;
        const path = join(place.archive, flat, index);
        writeFileSync(path, await run(tool, [...options, directory], place.archive));
        await run("gzip", ["--keep", "--force", "--no-name", path], place.archive);
        await run("xz", ["--keep", "--force", path], place.archive);
      };
      await scan("dpkg-scanpackages", "Packages", "--multiversion");
      await scan("dpkg-scansources", "Sources");
      const top = join(place.archive, flat);
      for (const name of ["InRelease", "Release", "Release.gpg"])
        rmSync(join(top, name), { force: true });
      // apt expects the name by which it knows the suite, and tells where it is another.
      const codename = ["-o", `APT::FTPArchive::Release::Codename=${flat}`];
      const release = await aptFtparchive(top, [...codename, "release", "."]);
      const documents: Record<string, string | Uint8Array> = {
        Release: release,
        InRelease: await gpgSign(place.keyring, release),
        "Release.gpg": await gpgSign(place.keyring, release, { mode: "detach" }),
      };
      for (const name of FLAT[flat]) {
        writeFileSync(join(top, name), documents[name] ?? "");
        // Times of files count whole seconds on the way to clients.
        const time = Math.floor(Date.now() / 1000) - 600 + publications;
        utimesSync(join(top, name), time, time);
      }
    };

    beforeAll(async () => {
      place = await openWorkplace(`suites = ["./", "old/"]\nmirror_source = true\n`);
      for (const flat of Object.keys(FLAT))
        mkdirSync(join(place.archive, flat, "debs"), { recursive: true });
      await writeSource(join(place.archive, "debs"), "hello", "2.12-1");
      rmSync(join(place.archive, "debs/hello-2.12"), { recursive: true });
      await publish("old/", [{ name: "libhello1", version: "0.9" }]);
      await publish("./", [
        { name: "hello", version: "1:2.12-1", depends: "libhello1 (>= 1.0~rc1)" },
        { name: "libhello1", version: "1.0~rc1+b1" },
        { name: "common", version: "1", architecture: "all" },
        { name: "hello", version: "1:2.12-1", architecture: "arm64" },
      ]);
      expect(await place.sync()).toMatchObject({ warnings: [] });
      const lines = Object.keys(FLAT).flatMap((flat) => [
        `deb ${place.url} ${flat}\n`,
        `deb-src ${place.url} ${flat}\n`,
      ]);
      apt = await place.client("apt", lines.join(""));
    });
    afterAll(() => place?.close());

    it("are mirrored file by file, with nothing besides", async () => {
      expect(await sumsBelow(place.tree)).toEqual(await sumsBelow(place.archive));
      expect(await place.judge(wanted)).toMatchObject({ violations: [], extra: [], suites: 2 });
    });

    it("serve apt updates without a warning, packages and sources byte for byte", async () => {
      expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
      const got = await apt.download("hello", "common", "libhello1=0.9");
      expect(got.exitCode).toBe(100);
      for (const names of [["hello", "common"], ["libhello1=0.9"]]) {
        expect(await apt.download(...names)).toMatchObject({
          exitCode: 0,
          warnings: [],
          errors: [],
        });
      }
      expect(await apt.source("hello")).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
      const theirs = await sumsBelow(place.archive);
      const debs = readdirSync(apt.archives).filter((name) => name.endsWith(".deb"));
      const fetched = [
        ...(await sumsOf(apt.archives, debs)),
        ...(await sumsBelow(join(apt.archives, "../../source"))),
      ];
      expect(fetched.length).toBe(8);
      for (const [name, sum] of fetched) {
        const plain = name.replace(/_\d+%3a/, "_");
        expect([name, sum]).toEqual([
          name,
          theirs.get(`debs/${plain}`) ?? theirs.get(`old/debs/${plain}`),
        ]);
      }
    });

    it("follow upstream, and carry what left it", async () => {
      rmSync(join(place.archive, "debs/hello_2.12-1_amd64.deb"));
      await publish("./", [{ name: "hello", version: "1:3.0" }]);
      // What the Release of the whole lists of the directory below is then of before.
      await publish("old/", [{ name: "libhello1", version: "0.9.1" }]);
      expect(await place.sync()).toMatchObject({ outcome: "changed", warnings: [] });
      expect(await place.judge(wanted)).toMatchObject({
        violations: [],
        extra: ["debs/hello_2.12-1_amd64.deb"],
      });
      expect(await apt.update()).toMatchObject({ exitCode: 0, warnings: [], errors: [] });
      expect(await apt.download("hello=1:3.0")).toMatchObject({ exitCode: 0, warnings: [] });
      const refused = (await place.web.requests()).filter(({ status }) => status >= 400);
      expect(refused.filter(({ path }) => !path.endsWith("/old/InRelease"))).toEqual([]);
      expect(await apt.download("libhello1=0.9.1")).toMatchObject({ exitCode: 0, warnings: [] });
      await place.run("snapshot", "create", "made", "now");
      await place.run("snapshot", "verify", "made", "now");
    });
  },
);
