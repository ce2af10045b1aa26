import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  parseAptSources,
  parseBuildinfo,
  parseChanges,
  parseControl,
  parseDiffIndex,
  parseDsc,
  parsePackageList,
  readSources,
  readStatus,
} from "../src/index.js";
import { collect } from "./control-data.js";

const code = (code: string) => expect.objectContaining({ name: "Deb822Error", code });
const md5 = "0123456789abcdef0123456789abcdef";
const sha1 = "0123456789abcdef0123456789abcdef01234567";
const sha256 = md5 + md5;

const packageListText = `
 hello deb devel optional arch=any profile=!stage1
 hello-udeb udeb debian-installer optional
`;

test("parsePackageList reads a line for each package", () => {
  expect(parsePackageList(packageListText.trimEnd())).toEqual([
    {
      package: "hello",
      type: "deb",
      section: "devel",
      priority: "optional",
      attributes: new Map([
        ["arch", "any"],
        ["profile", "!stage1"],
      ]),
    },
    {
      package: "hello-udeb",
      type: "udeb",
      section: "debian-installer",
      priority: "optional",
      attributes: new Map(),
    },
  ]);
  expect(parsePackageList("")).toEqual([]);
  for (const bad of ["\n a deb x", "\n a deb x y z", "\n a deb x y =z"]) {
    expect(() => parsePackageList(bad)).toThrow(code("ERR_DEB822_BAD_VALUE"));
  }
});

describe("parseDsc", () => {
  const dsc = `Format: 3.0 (quilt)
Source: hello
Binary: hello, hello-udeb
Architecture: any all
Version: 2.10-3
Maintainer: A <a@example.org>
Package-List:${packageListText.trimEnd()}
Files:
 ${md5} 12 hello_2.10.orig.tar.gz
Checksums-Sha256:
 ${sha256} 12 hello_2.10.orig.tar.gz
`;

  test("reads a .dsc file", () => {
    const { stanza, packageList, ...rest } = parseDsc(dsc);
    expect(rest).toEqual({
      source: "hello",
      version: "2.10-3",
      format: "3.0 (quilt)",
      maintainer: "A <a@example.org>",
      binaries: ["hello", "hello-udeb"],
      architectures: ["any", "all"],
      files: [{ name: "hello_2.10.orig.tar.gz", size: 12, md5, sha256 }],
    });
    expect(packageList.length).toBe(2);
    expect(stanza.get("format")).toBe("3.0 (quilt)");
  });

  test("refuses one that is still signed, or is no source", () => {
    const signed = `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${dsc}`;
    expect(() => parseDsc(signed)).toThrow(code("ERR_DEB822_PGP_ARMOR"));
    expect(() => parseDsc("Package: x\n")).toThrow(code("ERR_DEB822_MISSING_FIELD"));
  });

  test("a Sources entry has its Package-List", async () => {
    const text = dsc.replace("Source: hello", "Package: hello\nDirectory: pool/h");
    expect((await collect(readSources([text])))[0]?.packageList.length).toBe(2);
  });
});

describe("parseChanges", () => {
  const changes = `Format: 1.8
Date: Sat, 11 Jul 2026 12:16:37 +0200
Source: hello (2.10-2)
Binary: hello hello-dbg
Architecture: source amd64
Version: 2.10-3
Distribution: unstable
Urgency: medium
Maintainer: A <a@example.org>
Changed-By: B <b@example.org>
Closes: 1 23
Changes:
 hello (2.10-3) unstable; urgency=medium
 .
   * New.
Checksums-Sha1:
 ${sha1} 12 hello.deb
Files:
 ${md5} 12 devel optional hello.deb
`;

  test("reads a .changes file", () => {
    const { stanza, ...rest } = parseChanges(changes);
    expect(rest).toEqual({
      source: "hello",
      version: "2.10-3",
      format: "1.8",
      date: new Date("2026-07-11T10:16:37Z"),
      distributions: ["unstable"],
      architectures: ["source", "amd64"],
      binaries: ["hello", "hello-dbg"],
      urgency: "medium",
      maintainer: "A <a@example.org>",
      changedBy: "B <b@example.org>",
      closes: ["1", "23"],
      changes: "\n hello (2.10-3) unstable; urgency=medium\n .\n   * New.",
      files: [{ name: "hello.deb", size: 12, md5, sha1, section: "devel", priority: "optional" }],
    });
    expect(stanza.line).toBe(1);
  });

  test("refuses file lists of another shape", () => {
    const plain = changes.replace(" devel optional", "");
    expect(() => parseChanges(plain)).toThrow(code("ERR_DEB822_BAD_CHECKSUMS"));
    const other = changes.replace(`${sha1} 12`, `${sha1} 13`);
    expect(() => parseChanges(other)).toThrow(code("ERR_DEB822_CONFLICTING_FILE"));
  });
});

describe("parseBuildinfo", () => {
  const buildinfo = `Format: 1.0
Source: hello
Binary: hello
Architecture: amd64
Version: 2.10-3
Checksums-Sha256:
 ${sha256} 12 hello.deb
Build-Origin: Debian
Build-Architecture: amd64
Build-Date: Sat, 11 Jul 2026 10:16:37 +0000
Build-Path: /build/hello
Installed-Build-Depends:
 autoconf (= 2.71-3),
 libc6 (= 2.36-9)
Environment:
 DEB_BUILD_OPTIONS="parallel=2"
 X="a \\"b\\" \\\\"
`;

  test("reads a .buildinfo file", () => {
    const info = parseBuildinfo(buildinfo);
    expect(info).toMatchObject({
      source: "hello",
      version: "2.10-3",
      buildOrigin: "Debian",
      buildArchitecture: "amd64",
      buildDate: new Date("2026-07-11T10:16:37Z"),
      buildPath: "/build/hello",
      files: [{ name: "hello.deb", size: 12, sha256 }],
    });
    expect(info.installedBuildDepends.length).toBe(2);
    expect([...info.environment]).toEqual([
      ["DEB_BUILD_OPTIONS", "parallel=2"],
      ["X", 'a "b" \\'],
    ]);
  });

  test("refuses an environment of another shape", () => {
    const bad = buildinfo.replace('="parallel=2"', "=2");
    expect(() => parseBuildinfo(bad)).toThrow(code("ERR_DEB822_BAD_VALUE"));
  });
});

test("parseControl reads the source stanza and the binary ones", () => {
  const control = parseControl(`Source: hello
Section: devel
Maintainer: A <a@example.org>
Standards-Version: 4.6.2
# what it needs
Build-Depends: debhelper-compat (= 13),
#               gone,
               libfoo-dev <!nocheck>

Package: hello
Architecture: linux-any kfreebsd-amd64
Depends: \${shlibs:Depends}, \${misc:Depends}
Description: greeting

Package: hello-doc
Architecture: all
`);
  expect(control.source).toMatchObject({
    source: "hello",
    section: "devel",
    standardsVersion: "4.6.2",
    buildDepends: [[{ package: "debhelper-compat" }], [{ package: "libfoo-dev" }]],
  });
  expect(control.binaries.map(({ package: name, architectures }) => [name, architectures])).toEqual(
    [
      ["hello", ["linux-any", "kfreebsd-amd64"]],
      ["hello-doc", ["all"]],
    ],
  );
  expect(control.binaries[0]?.depends).toEqual([
    [{ substvar: "shlibs:Depends" }],
    [{ substvar: "misc:Depends" }],
  ]);
  expect(() => parseControl("# nothing\n")).toThrow(code("ERR_DEB822_STANZA_COUNT"));
  expect(() => parseControl("Source: a\n\nDescription: b\n")).toThrow(
    code("ERR_DEB822_MISSING_FIELD"),
  );
});

test("parseAptSources reads stanzas with keyrings and with a key of their own", () => {
  const sources = parseAptSources(`# main
Types: deb deb-src
URIs: https://a.example/debian https://b.example/debian
Suites: stable stable-updates
Components: main contrib
Architectures: amd64
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg, 0123456789ABCDEF0123456789ABCDEF01234567

Types: deb
URIs: https://c.example/
Suites: ./
Enabled: no
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEaaaa
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb
URIs: file:/srv
Suites: x
`);
  expect(sources).toMatchObject([
    {
      types: ["deb", "deb-src"],
      uris: ["https://a.example/debian", "https://b.example/debian"],
      suites: ["stable", "stable-updates"],
      components: ["main", "contrib"],
      architectures: ["amd64"],
      languages: [],
      enabled: true,
      signedBy: {
        keyrings: [
          "/usr/share/keyrings/debian-archive-keyring.gpg",
          "0123456789ABCDEF0123456789ABCDEF01234567",
        ],
      },
    },
    {
      suites: ["./"],
      enabled: false,
      signedBy: {
        key: "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEaaaa\n-----END PGP PUBLIC KEY BLOCK-----\n",
      },
    },
    { uris: ["file:/srv"] },
  ]);
  expect(sources[2]).not.toHaveProperty("signedBy");
  const bad = "Types: rpm\nURIs: x\nSuites: y\n";
  expect(() => parseAptSources(bad)).toThrow(code("ERR_DEB822_BAD_VALUE"));
  expect(() => parseAptSources("Types: deb\nURIs: x\n")).toThrow(code("ERR_DEB822_MISSING_FIELD"));
});

test("parseDiffIndex reads what leads to the current index", () => {
  const index = parseDiffIndex(`SHA1-Current: ${sha1} 100
SHA256-Current: ${sha256} 100
SHA256-History:
 ${sha256} 90 2026-07-11-0203.53
SHA256-Patches:
 ${sha256} 10 2026-07-11-0203.53
SHA256-Download:
 ${sha256} 5 2026-07-11-0203.53.gz
X-Patch-Precedence: merged
`);
  const { stanza: _stanza, ...rest } = index;
  expect(rest).toEqual({
    current: { size: 100, sha1, sha256 },
    history: [{ name: "2026-07-11-0203.53", size: 90, sha256 }],
    patches: [{ name: "2026-07-11-0203.53", size: 10, sha256 }],
    downloads: [{ name: "2026-07-11-0203.53.gz", size: 5, sha256 }],
    patchPrecedence: "merged",
  });
  for (const [text, expected] of [
    ["X: y\n", "ERR_DEB822_BAD_CHECKSUMS"],
    [`SHA256-Current: ${sha256}\n`, "ERR_DEB822_BAD_CHECKSUMS"],
    [`SHA256-Current: ${sha1} 1\n`, "ERR_DEB822_BAD_DIGEST"],
    [`SHA256-Current: ${sha256} x\n`, "ERR_DEB822_BAD_SIZE"],
    [`SHA256-Current: ${sha256} 1\nSHA1-Current: ${sha1} 2\n`, "ERR_DEB822_CONFLICTING_FILE"],
  ] as const) {
    expect(() => parseDiffIndex(text), text).toThrow(code(expected));
  }
});

describe("readStatus", () => {
  test("reads states and conffiles", async () => {
    const entries = await collect(
      readStatus([
        `Package: bash
Status: install ok installed
Architecture: amd64
Version: 5.2.15-2
Conffiles:
 /etc/bash.bashrc ${md5}
 /etc/with blank ${md5} obsolete
 /etc/new newconffile

Package: gone
Status: deinstall ok config-files
`,
      ]),
    );
    expect(entries).toMatchObject([
      {
        package: "bash",
        version: "5.2.15-2",
        architecture: "amd64",
        want: "install",
        flag: "ok",
        status: "installed",
        conffiles: [
          { path: "/etc/bash.bashrc", md5, flags: [] },
          { path: "/etc/with blank", md5, flags: ["obsolete"] },
          { path: "/etc/new", flags: [] },
        ],
      },
      { package: "gone", want: "deinstall", status: "config-files", conffiles: [] },
    ]);
    await expect(collect(readStatus(["Package: a\nStatus: ok\n"]))).rejects.toEqual(
      code("ERR_DEB822_BAD_VALUE"),
    );
    await expect(collect(readStatus(["Package: a\nConffiles:\n /etc/x\n"]))).rejects.toEqual(
      code("ERR_DEB822_BAD_VALUE"),
    );
  });

  const path = "/var/lib/dpkg/status";
  const there = existsSync(path);
  test.skipIf(!there && process.env.CI === undefined)(
    there ? "reads this system's file" : `reads this system's file (skipped: needs ${path})`,
    async () => {
      const text = readFileSync(path, "utf8");
      const entries = await collect(readStatus([text]));
      expect(entries.map((entry) => `Package: ${entry.package}`)).toEqual(
        text.split("\n").filter((line) => line.startsWith("Package: ")),
      );
    },
  );
});
