import { describe, expect, test } from "vitest";
import { readPackages, readSources } from "../src/index.js";
import { collect, plain } from "./control-data.js";

const code = (code: string) => expect.objectContaining({ name: "Deb822Error", code });
const md5 = "0123456789abcdef0123456789abcdef";
const sha256 = md5 + md5;

const hello = `Package: hello
Version: 1:2.10-3
Architecture: amd64
Filename: pool/main/h/hello/hello_2.10-3_amd64.deb
Size: 53116
MD5sum: ${md5}
SHA256: ${sha256.toUpperCase()}
Description: greeting
 program
`;

describe("readPackages", () => {
  test("gives an entry for each stanza, its fields with it", async () => {
    const [entry, other] = await collect(
      readPackages([`${hello}\n`, hello.replace("hello", "other")]),
    );
    expect(entry).toEqual({
      package: "hello",
      version: "1:2.10-3",
      architecture: "amd64",
      filename: "pool/main/h/hello/hello_2.10-3_amd64.deb",
      size: 53116,
      md5,
      sha256,
      stanza: expect.anything(),
    });
    expect(entry?.stanza.get("description")).toBe("greeting\n program");
    expect(other?.package).toBe("other");
    expect(other?.stanza.line).toBe(11);
  });

  test("reads the fields asked for and those that an entry needs, and no digest unasked", async () => {
    const [entry] = await collect(readPackages([hello], { fields: ["SHA256"] }));
    expect(entry?.md5).toBeUndefined();
    expect(entry?.sha256).toBe(sha256);
    expect(plain(entry?.stanza ?? expect.fail()).map(([name]) => name)).toEqual([
      "Package",
      "Version",
      "Architecture",
      "Filename",
      "Size",
      "SHA256",
    ]);
  });

  test.each([
    [/^Package: .*\n/m, "", "ERR_DEB822_MISSING_FIELD"],
    [/^Version: .*\n/m, "", "ERR_DEB822_MISSING_FIELD"],
    [/^Architecture: .*\n/m, "", "ERR_DEB822_MISSING_FIELD"],
    [/^Filename: .*\n/m, "", "ERR_DEB822_MISSING_FIELD"],
    [/^Filename: .*\n/m, "Filename:\n", "ERR_DEB822_MISSING_FIELD"],
    [/^Filename: .*\n/m, "Filename: a b\n", "ERR_DEB822_BAD_VALUE"],
    [/^Filename: .*\n/m, "Filename: a\n b\n", "ERR_DEB822_BAD_VALUE"],
    [/^Package: .*\n/m, "Package: a\x1bb\n", "ERR_DEB822_BAD_VALUE"],
    [/^Size: .*\n/m, "", "ERR_DEB822_MISSING_FIELD"],
    [/^Size: .*\n/m, "Size: 1e3\n", "ERR_DEB822_BAD_SIZE"],
    [/^Size: .*\n/m, "Size: +1\n", "ERR_DEB822_BAD_SIZE"],
    [/^SHA256: .*\n/m, "SHA256:\n", "ERR_DEB822_BAD_DIGEST"],
    [/^SHA256: .*\n/m, `SHA256: ${md5}\n`, "ERR_DEB822_BAD_DIGEST"],
    [/^MD5sum: .*\n/m, `MD5sum: ${md5}0\n`, "ERR_DEB822_BAD_DIGEST"],
  ])("refuses an entry with %s replaced by %j: %s", async (pattern, text, expected) => {
    const bad = `${hello}\n${hello.replace(pattern, text)}`;
    await expect(collect(readPackages([bad]))).rejects.toEqual(code(expected));
    const at = bad.indexOf("\n\n") + 2 + hello.search(pattern);
    const line = expected.endsWith("MISSING_FIELD") ? 11 : bad.slice(0, at).split("\n").length;
    await expect(collect(readPackages([bad]))).rejects.toMatchObject({ line });
    const fields = ["MD5sum", "SHA256"];
    await expect(collect(readPackages([bad], { fields }))).rejects.toMatchObject({ line });
  });

  test("refuses a name that is not UTF-8", async () => {
    const bytes = Buffer.from(hello.replace("pool/", "p\xf6\xf6l/"), "latin1");
    await expect(collect(readPackages([bytes]))).rejects.toEqual(code("ERR_DEB822_BAD_VALUE"));
  });
});

const source = `Package: hello
Format: 3.0 (quilt)
Binary: hello
Version: 2.10-3
Directory: pool/main/h/hello
Files:
 ${md5} 1705 hello_2.10-3.dsc
 ${md5} 725946 hello_2.10.orig.tar.gz
Checksums-Sha256:
 ${sha256} 1705 hello_2.10-3.dsc
 ${sha256} 725946 hello_2.10.orig.tar.gz
 ${sha256} 12 hello_2.10-3.debian.tar.xz
`;

describe("readSources", () => {
  test("gives an entry for each stanza, file lists merged", async () => {
    const [entry] = await collect(readSources([source]));
    expect(entry).toMatchObject({
      package: "hello",
      version: "2.10-3",
      directory: "pool/main/h/hello",
      files: [
        { name: "hello_2.10-3.dsc", size: 1705, md5, sha256 },
        { name: "hello_2.10.orig.tar.gz", size: 725946, md5, sha256 },
        { name: "hello_2.10-3.debian.tar.xz", size: 12, sha256 },
      ],
    });
    expect(entry?.stanza.get("format")).toBe("3.0 (quilt)");
  });

  test.each(["", "Directory:\n", "Directory: .\n"])(
    "takes %j for the root of the archive, as programs write it for flat repositories",
    async (line) => {
      const text = source.replace("Directory: pool/main/h/hello\n", line);
      const [entry] = await collect(readSources([text]));
      expect(entry?.directory).toBe(line.includes(".") ? "." : "");
    },
  );

  test("reads what an entry needs whatever fields are asked for", async () => {
    const [entry] = await collect(readSources([source], { fields: ["Binary"] }));
    expect(entry?.files.length).toBe(3);
    expect(entry?.stanza.get("Binary")).toBe("hello");
    expect(entry?.stanza.has("Format")).toBe(false);
  });

  test.each([
    ["Directory: pool/main", "Directory: pool main", "ERR_DEB822_BAD_VALUE"],
    ["Version: 2.10-3\n", "", "ERR_DEB822_MISSING_FIELD"],
    [`${sha256} 1705`, `${sha256} 1706`, "ERR_DEB822_CONFLICTING_FILE"],
    [`${sha256} 12`, `${md5} 12`, "ERR_DEB822_BAD_DIGEST"],
    [`${sha256} 12`, `${sha256}`, "ERR_DEB822_BAD_CHECKSUMS"],
  ])("refuses an entry with %j replaced by %j: %s", async (from, to, expected) => {
    const text = source.replace(from, to);

    await expect(collect(readSources([text]))).rejects.toEqual(code(expected));
  });
});
