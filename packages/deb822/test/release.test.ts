import { describe, expect, test } from "vitest";
import { parseRelease } from "../src/index.js";

const code = (code: string) => expect.objectContaining({ name: "Deb822Error", code });
const md5 = "0123456789abcdef0123456789abcdef";
const sha1 = "0123456789abcdef0123456789abcdef01234567";
const sha256 = md5 + md5;
const sha512 = sha256 + sha256;

const text = `Origin: Debian
Label: Debian-Security
Suite: oldstable-security
Version: 12
Codename: bookworm-security
Date: Sat, 11 Jul 2026 10:16:37 UTC
Valid-Until: Sat, 18 Jul 2026 10:16:37 UTC
Acquire-By-Hash: yes
No-Support-for-Architecture-all: Packages
NotAutomatic: yes
Architectures: all amd64
 arm64
Components: updates/main updates/contrib
Description: Debian 12
Signed-By: 0123, 4567
Snapshots: https://snapshot.example/@SNAPSHOTID@/
Changelogs: no
X-Own: kept
MD5Sum:
 ${md5}    12 main/binary-amd64/Packages
 ${md5}     3 only/md5
SHA1:
 ${sha1} 12 main/binary-amd64/Packages
SHA256:
 ${sha256.toUpperCase()} 12 main/binary-amd64/Packages
 ${sha256} 0 ./__proto__
SHA512:
 ${sha512}\t12 main/binary-amd64/Packages
`;

describe("parseRelease", () => {
  test("reads the fields of a Release file", () => {
    const { stanza, files, ...release } = parseRelease(text);
    expect(release).toEqual({
      origin: "Debian",
      label: "Debian-Security",
      suite: "oldstable-security",
      codename: "bookworm-security",
      version: "12",
      description: "Debian 12",
      date: new Date("2026-07-11T10:16:37Z"),
      validUntil: new Date("2026-07-18T10:16:37Z"),
      architectures: ["all", "amd64", "arm64"],
      components: ["updates/main", "updates/contrib"],
      acquireByHash: true,
      noSupportForArchitectureAll: "Packages",
      notAutomatic: true,
      butAutomaticUpgrades: false,
      signedBy: "0123, 4567",
      snapshots: "https://snapshot.example/@SNAPSHOTID@/",
      changelogs: "no",
    });
    expect(stanza.get("x-own")).toBe("kept");
    expect(files.size).toBe(3);
  });

  test("merges the hash lists by path, and keeps a path as it is written", () => {
    const { files } = parseRelease(text);
    const path = "main/binary-amd64/Packages";
    expect(files.get(path)).toEqual({ path, size: 12, md5, sha1, sha256, sha512 });
    expect(files.get("only/md5")).toEqual({ path: "only/md5", size: 3, md5 });
    expect(files.get("./__proto__")).toEqual({ path: "./__proto__", size: 0, sha256 });
  });

  test("takes a Release without lists, dates or yes for what it is", () => {
    const release = parseRelease("Suite: x\r\nAcquire-By-Hash: no\r\nSHA256:\r\n");
    expect(release.files.size).toBe(0);
    expect(release.date).toBeUndefined();
    expect(release.architectures).toEqual([]);
    expect(release.acquireByHash).toBe(false);
  });

  test.each([
    ["", "ERR_DEB822_STANZA_COUNT"],
    ["<html>\n<body>\n", "ERR_DEB822_SYNTAX"],
    ["Suite: a\n\nSuite: b\n", "ERR_DEB822_STANZA_COUNT"],
    ["-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nSuite: a\n", "ERR_DEB822_PGP_ARMOR"],
    ["Date: tomorrow\n", "ERR_DEB822_BAD_DATE"],
    ["Valid-Until:\n", "ERR_DEB822_BAD_DATE"],
    [`SHA256:\n ${sha256} 1 a\n ${sha256} 2 a\n`, "ERR_DEB822_CONFLICTING_FILE"],
    [`SHA256:\n ${sha256} 1 a\nMD5Sum:\n ${md5} 2 a\n`, "ERR_DEB822_CONFLICTING_FILE"],
    [`SHA1:\n ${sha1} 1 a\n ${sha1.replace("0", "1")} 1 a\n`, "ERR_DEB822_CONFLICTING_FILE"],
    [`SHA256:\n ${sha1} 1 a\n`, "ERR_DEB822_BAD_DIGEST"],
    [`SHA256:\n ${sha256.replace("a", "g")} 1 a\n`, "ERR_DEB822_BAD_DIGEST"],
    [`SHA256:\n ${sha256} -1 a\n`, "ERR_DEB822_BAD_SIZE"],
    [`SHA256:\n ${sha256} 0x1 a\n`, "ERR_DEB822_BAD_SIZE"],
    [`SHA256:\n ${sha256} 9007199254740992 a\n`, "ERR_DEB822_BAD_SIZE"],
    [`SHA256:\n ${sha256} 99999999999999999999 a\n`, "ERR_DEB822_BAD_SIZE"],
    [`SHA256:\n ${sha256} 1\n`, "ERR_DEB822_BAD_CHECKSUMS"],
    [`SHA256:\n ${sha256} 1 a b\n`, "ERR_DEB822_BAD_CHECKSUMS"],
    [`SHA256: ${sha256}\n`, "ERR_DEB822_BAD_CHECKSUMS"],
  ])("refuses %j with %s", (text, expected) => {
    expect(() => parseRelease(text)).toThrow(code(expected));
  });

  test("names field, expected and found of a bad value", () => {
    const bad = text.replace(
      " 12 main/binary-amd64/Packages\nSHA256",
      " 13 main/binary-amd64/Packages\nSHA256",
    );
    expect(() => parseRelease(bad)).toThrow(
      expect.objectContaining({ field: "SHA1", expected: "12", found: "13" }),
    );
  });

  test("names the line and column of a bad digest among many", () => {
    const list = Array.from({ length: 1000 }, (_, i) => ` ${sha256} ${i} file-${i}\n`).join("");
    const bad = list.replace(`${sha256} 777`, `${sha256.slice(1)} 777`);
    expect(() => parseRelease(`\n# comment\nSuite: a\n# comment\nSHA256:\n${bad}`)).toThrow(
      expect.objectContaining({ line: 783, column: 2, field: "SHA256" }),
    );
    expect(() => parseRelease(`Suite: a\nComponents: b\n c\nSHA256:\n${bad}`)).toThrow(
      expect.objectContaining({ line: 782, frame: expect.stringContaining("> 782 |  123") }),
    );
  });

  test("reads the largest size that is exact", () => {
    const { files } = parseRelease(`SHA256:\n ${sha256} 9007199254740991 a\n`);
    expect(files.get("a")?.size).toBe(Number.MAX_SAFE_INTEGER);
  });

  test("reads 150,000 entries in seconds", () => {
    const entries = Array.from({ length: 150_000 }, (_, i) => ` ${md5} ${i} p/${i}/Packages\n`);
    const started = performance.now();
    expect(parseRelease(`MD5Sum:\n${entries.join("")}`).files.size).toBe(150_000);
    expect(performance.now() - started).toBeLessThan(15_000);
  });
});
