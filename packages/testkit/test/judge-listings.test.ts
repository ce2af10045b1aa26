import { createHash } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import {
  createKey,
  createRepository,
  type JudgeOptions,
  judgeMirror,
  type TestRepository,
  temporaryDirectory,
} from "../src/index.js";

const PATCH = "main/binary-amd64/Packages.diff/2026-01-01-0000.00.gz";
const IMAGE = "main/installer-amd64/current/images/netboot/linux";

let repository: TestRepository;

beforeEach(async () => {
  const key = await createKey();
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const patch = gzipSync("1d\n");
  const row = `${createHash("sha256").update(patch).digest("hex")} ${patch.length}`;
  const sum = createHash("sha256").update("a kernel").digest("hex");
  repository = await createRepository(directory.path, {
    key,
    suites: [
      {
        suite: "stable",
        translations: true,
        packages: [{ package: "a", version: "1" }],
        verbatim: {
          "main/binary-amd64/Packages.diff/Index": `SHA256-Download:\n ${row} 2026-01-01-0000.00.gz\n`,
          "main/installer-amd64/current/images/SHA256SUMS": `${sum}  ./netboot/linux\n`,
        },
        byHash: false,
      },
    ],
  });
  await mkdir(dirname(at(IMAGE)), { recursive: true });
  await writeFile(at(PATCH), patch);
  await writeFile(at(IMAGE), "a kernel");
});

const judge = (changes: Partial<JudgeOptions> = {}) =>
  judgeMirror(repository.directory, {
    keyring: repository.keys[0]?.binaryPublic ?? false,
    suites: ["stable"],
    components: ["main"],
    architectures: ["amd64"],
    ...changes,
  });
const at = (path: string) => repository.suitePath("stable", path);

describe("what a listed file lists in its turn", () => {
  it("is accounted for, and must be there as it is listed", async () => {
    expect(await judge({ whole: true })).toMatchObject({ violations: [], extra: [] });
    await writeFile(at(PATCH), "other");
    await writeFile(at(IMAGE), "other");
    expect((await judge()).violations).toEqual([
      expect.stringMatching(/Packages\.diff\/2026-01-01-0000\.00\.gz: size 5/),
      expect.stringMatching(/netboot\/linux: sha256/),
    ]);
    await rm(at(PATCH));
    await rm(at(IMAGE));
    expect((await judge()).violations).toEqual([
      expect.stringMatching(/0000\.00\.gz: missing, though .*Index names it/),
      expect.stringMatching(/netboot\/linux: missing, though .*SHA256SUMS names it/),
    ]);
    expect((await judge({ excused: () => true })).violations).toEqual([]);
  });

  it("is nobody's when the list is not there", async () => {
    await rm(at("main/binary-amd64/Packages.diff/Index"));
    expect(await judge()).toMatchObject({ violations: [], extra: [`dists/stable/${PATCH}`] });
  });
});

describe("a suite that lies below another", () => {
  it("is judged by its own Release alone", async () => {
    await using directory = await temporaryDirectory();
    const packages = [{ package: "a", version: "1" }];
    const key = await createKey();
    const nested = await createRepository(directory.path, {
      key,
      suites: [
        { suite: "stable", packages },
        { suite: "stable/updates", packages },
      ],
    });
    const stale = "updates/main/binary-amd64/Packages";
    await nested.rewriteRelease(
      "stable",
      (text) => `${text.trimEnd()}\n ${"0".repeat(64)} 1 ${stale}\n`,
    );
    const judged = async (...suites: string[]) => {
      const options = { suites, components: ["main"], architectures: ["amd64"] };
      return (await judgeMirror(directory.path, { ...options, keyring: key.binaryPublic }))
        .violations;
    };
    expect(await judged("stable", "stable/updates")).toEqual([]);
    expect(await judged("stable")).not.toEqual([]);
  });
});

describe("a whole tree", () => {
  it("holds every index that its Release lists in one form at least", async () => {
    for (const form of ["", ".gz", ".xz"]) {
      await rm(at(`main/i18n/Translation-en${form}`), { force: true });
    }
    expect((await judge()).violations).toEqual([]);
    expect((await judge({ whole: true })).violations).toEqual([
      "dists/stable/main/i18n/Translation-en: missing in every listed variant",
    ]);
  });
});
