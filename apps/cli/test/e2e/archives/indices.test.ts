import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { describeNeeds } from "@mirror/testkit";
import { describe, expect, it, type TestContext } from "vitest";
import { addByHash } from "./by-hash.js";
import {
  expectInstalls,
  expectSources,
  type Fields,
  type Form,
  type Imitation,
  openImitation,
  TOOLS,
} from "./imitation.js";

const FIELDS = { Suite: "stable", Codename: "stable", Architectures: "amd64", Components: "main" };
const STABLE = 'suites = ["stable"]\nsections = ["main"]\narchitectures = ["amd64"]';
const INDEX = "dists/stable/main/binary-amd64/Packages";
const CONTENTS = `Acquire::IndexTargets::deb::Contents-deb {
  MetaKey "$(COMPONENT)/Contents-$(ARCHITECTURE)";
  ShortDescription "Contents-$(ARCHITECTURE)";
  Description "$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) Contents (deb)";
  flatMetaKey "Contents-$(ARCHITECTURE)";
  flatDescription "$(RELEASE) Contents (deb)";
};`;

/** An archive with one package and its index in these forms, not signed yet. */
async function openStable(test: TestContext, ...forms: readonly Form[]): Promise<Imitation> {
  const archive = await openImitation(test);
  await archive.deb("pool/main", { name: "hello", version: "1" });
  if (forms.length > 0) {
    await archive.pack(INDEX, await archive.index(["packages", "pool"]), forms);
  }
  return archive;
}

const sign = (archive: Imitation, fields: Fields = {}) =>
  archive.sign("dists/stable", { ...FIELDS, ...fields });

async function publishAndInstall(archive: Imitation, lines = STABLE) {
  archive.configure(lines);
  const { warnings, packages } = await archive.publish();
  await expectInstalls(await archive.client(), "hello");
  return { warnings, packages };
}

describeNeeds(describe.concurrent, [...TOOLS, "zstd"], "an archive's indices", () => {
  it.for(["xz", "zst"] as const)("may be there as %s alone", async (form, test) => {
    const archive = await openStable(test, "", form);
    await sign(archive);
    // apt takes an index only where the Release lists its plain form, whether that is there or not.
    rmSync(archive.at(INDEX));
    expect(await publishAndInstall(archive)).toEqual({ warnings: [], packages: 1 });
  });

  it.for([404, 403])(
    "may be listed in more forms than there are, and status %i is said of those",
    async (status, test) => {
      const archive = await openStable(test, "", "gz", "xz");
      await archive.pack("dists/stable/main/i18n/Translation-de", "Package: hello\n", ["", "xz"]);
      addByHash(archive.at("dists/stable/main/binary-amd64"));
      await sign(archive, { "Acquire-By-Hash": "yes" });
      for (const form of ["", ".xz"]) {
        const listed = `${INDEX}${form}`;
        archive.server.fault(listed, { kind: "status", status });
        rmSync(archive.at(listed));
      }
      const copies = /by-hash\/SHA256\/(?!.*gz)/;
      archive.server.fault(copies, { kind: "status", status });
      archive.server.fault(/Translation-de/, { kind: "status", status });
      expect(await publishAndInstall(archive)).toEqual({
        warnings: ["WARN_SYNC_INDEX_MISSING"],
        packages: 1,
      });
    },
  );

  it("may list the Release itself, as its maker found it half written", async (test) => {
    const archive = await openStable(test, "", "gz");
    archive.put("dists/stable/Release", "half");
    await sign(archive);
    const own = / 4 Release$/m;
    expect(readFileSync(archive.at("dists/stable/InRelease"), "utf8")).toMatch(own);
    expect(await publishAndInstall(archive)).toEqual({ warnings: [], packages: 1 });
  });

  it("may be empty", async (test) => {
    const archive = await openStable(test, "", "gz");
    for (const directory of ["contrib/binary-amd64", "main/binary-all"]) {
      archive.put(`dists/stable/${directory}/Packages`, "");
    }
    archive.put("dists/stable/main/i18n/Translation-en", "");
    addByHash(archive.at("dists/stable/contrib/binary-amd64"));
    addByHash(archive.at("dists/stable/main/binary-amd64"));
    await sign(archive, { Components: "main contrib", "Acquire-By-Hash": "yes" });
    archive.configure(STABLE.replace('["main"]', '["main", "contrib"]'));
    expect((await archive.publish()).warnings).toEqual([]);
    await expectInstalls(await archive.client(), "hello");
  });

  it("of other architectures are not there for clients that want them", async (test) => {
    const archive = await openStable(test, "", "gz");
    await archive.pack("dists/stable/main/binary-arm64/Packages", "\n", ["", "gz"]);
    await sign(archive, { Architectures: "amd64 arm64" });
    await publishAndInstall(archive);
    const configuration = 'APT::Architectures { "amd64"; "arm64"; };';
    const wants = await archive.client("deb MIRROR stable main", configuration);
    const { exitCode, errors } = await wants.update();
    expect([exitCode, errors.join()]).toEqual([100, expect.stringContaining("binary-arm64")]);
    // Those that mirrorctl generates say which there are.
    await expectInstalls(await archive.client(undefined, configuration), "hello");
  });

  it.for([true, false])(
    "of Architecture all are taken where clients ask for them: No-Support-for-Architecture-all %s",
    async (repeated, test) => {
      const archive = await openStable(test);
      const doc = { name: "hello-doc", version: "1", architecture: "all" };
      await archive.deb("pool/main", doc);
      const all = (await archive.index(["packages", "pool"])).split("\n\n");
      const text = (wanted: (stanza: string) => boolean) => `${all.filter(wanted).join("\n\n")}\n`;
      const isAll = (stanza: string) => stanza.includes("Architecture: all");
      const rest = text((stanza) => repeated || !isAll(stanza));
      await archive.pack(INDEX, rest, ["", "gz"]);
      await archive.pack("dists/stable/main/binary-all/Packages", text(isAll), ["", "gz"]);
      await sign(archive, {
        Architectures: "all amd64",
        ...(repeated ? { "No-Support-for-Architecture-all": "Packages" } : {}),
      });
      await publishAndInstall(archive);
      expect(existsSync(archive.published("dists/stable/main/binary-all/Packages.gz"))).toBe(true);
      await expectInstalls(await archive.client(), "hello-doc");
    },
  );

  it("may have Contents for each component, which apt with apt-file's targets gets", async (test) => {
    const archive = await openStable(test, "", "gz");
    const contents = "dists/stable/main/Contents-amd64";
    await archive.pack(contents, "usr/share/hello/data misc/hello\n", ["", "gz"]);
    await sign(archive);
    rmSync(archive.at(contents));
    archive.configure(STABLE);
    await archive.publish();
    const apt = await archive.client(undefined, CONTENTS);
    await expectInstalls(apt, "hello");
    const got = readdirSync(apt.lists).filter((name) => name.includes("Contents-amd64"));
    expect(got).toHaveLength(1);
  });
});

describeNeeds(describe.concurrent, TOOLS, "an archive with flat and ordinary suites", () => {
  /** `dists/stable`, and beside it `tools/` of two architectures. */
  const open = async (test: TestContext, listed: "with sources" | "without") => {
    const archive = await openStable(test, "", "gz");
    archive.source("pool/main", "hello", "1");
    await archive.pack(
      "dists/stable/main/source/Sources",
      await archive.index(["sources", "pool"]),
      ["", "gz"],
    );
    await sign(archive);
    for (const architecture of ["amd64", "arm64"]) {
      await archive.deb("tools", { name: "tool", version: "1", architecture });
    }
    await archive.pack("tools/Packages", await archive.index(["packages", "tools"]), ["", "gz"]);
    if (listed === "with sources") {
      archive.source("tools", "tool", "1");
      await archive.pack("tools/Sources", await archive.index(["sources", "tools"]), ["", "gz"]);
    }
    for (const architecture of ["amd64", "arm64"]) {
      await archive.pack(`tools/Contents-${architecture}`, "usr/share/tool misc/tool\n", [
        "",
        "gz",
      ]);
    }
    await archive.sign("tools", { Suite: "tools", Architectures: "amd64 arm64" });
    return archive;
  };
  const BOTH = STABLE.replace('["stable"]', '["stable", "tools/"]');

  it("is one mirror, with sources of both and what apt-file asks of both", async (test) => {
    const archive = await open(test, "with sources");
    archive.configure(`${BOTH}\nmirror_source = true`);
    const { warnings, packages } = await archive.publish();
    expect([warnings, packages]).toEqual([[], 4]);
    const apt = await archive.client(undefined, CONTENTS);
    await expectInstalls(apt, "hello", "tool");
    await expectSources(apt, "hello", "tool");
    expect(existsSync(archive.published("tools/tool_1_arm64.deb"))).toBe(false);
    expect(existsSync(archive.published("tools/Contents-arm64.gz"))).toBe(false);
  });

  it("warns of the suite without the sources that are wanted", async (test) => {
    const archive = await open(test, "without");
    archive.configure(`${BOTH}\nmirror_source = true`);
    expect((await archive.publish()).warnings).toEqual(["WARN_SYNC_NOT_OFFERED"]);
  });

  it("fails where no suite has the sources that are wanted", async (test) => {
    const archive = await open(test, "without");
    archive.configure('suites = ["tools/"]\nmirror_source = true');
    expect((await archive.sync()).code).toBe("ERR_SYNC_MISSING_INDEX");
  });
});
