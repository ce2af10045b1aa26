import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { buildDeb, buildSource, describeNeeds, runTool, temporaryDirectory } from "../src/index.js";

const spec = {
  package: "hello",
  version: "1:1.0~rc1+b-2",
  architecture: "all",
  depends: "libc6 (>= 2.3), base-files",
  description: "says hello\nAt length.\n\nTwice.",
  files: { "usr/bin/hello": "#!/bin/sh\necho hello\n", "usr/share/ü": new Uint8Array([1, 2, 3]) },
  payload: 100_001,
  fields: { Homepage: "https://example.org/" },
};

async function scratch(): Promise<string> {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  return directory.path;
}

describe("a built package", () => {
  it("has the same bytes whenever it is built", async () => {
    expect(Buffer.from(await buildDeb(spec)).equals(await buildDeb({ ...spec }))).toBe(true);
    const other = await buildDeb({ ...spec, version: "2" });
    expect(Buffer.from(await buildDeb(spec)).equals(other)).toBe(false);
    const [first, second] = [await buildSource(spec), await buildSource({ ...spec })];
    expect(second).toEqual(first);
  });

  it("is about as large as its payload", async () => {
    expect((await buildDeb(spec)).byteLength).toBeGreaterThan(100_000);
    expect((await buildDeb(spec)).byteLength).toBeLessThan(105_000);
  });
});

describeNeeds(describe, ["dpkg-deb", "xz"], "a binary package", () => {
  it.each(["", "gz", "xz"] as const)(
    "is read and unpacked by dpkg-deb (%s)",
    async (compression) => {
      const directory = await scratch();
      const path = join(directory, "x.deb");
      await writeFile(path, await buildDeb({ ...spec, compression }));
      const field = async (name: string): Promise<string> =>
        (await runTool("dpkg-deb", ["-f", path, name])).stdout.toString();
      expect((await runTool("dpkg-deb", ["-I", path])).exitCode).toBe(0);
      expect(await field("Version")).toBe("1:1.0~rc1+b-2\n");
      expect(await field("Description")).toBe("says hello\n At length.\n .\n Twice.\n");
      expect(await field("Homepage")).toBe("https://example.org/\n");
      const unpacked = await runTool("dpkg-deb", ["-x", path, join(directory, "out")]);
      expect([unpacked.exitCode, unpacked.stderr]).toEqual([0, ""]);
      expect(await readFile(join(directory, "out/usr/bin/hello"), "utf8")).toContain("echo");
      expect((await readFile(join(directory, "out/usr/share/hello/payload"))).length).toBe(100_001);
    },
  );
});

describeNeeds(describe, ["dpkg-source"], "a source package", () => {
  it.each(["1:1.0~rc1+b-2", "2.0"])("of version %s is unpacked by dpkg-source", async (version) => {
    const directory = await scratch();
    const { dsc, files } = await buildSource({
      package: "hello",
      version,
      binary: ["hello", "hello-doc"],
      files: { "src/main.c": "int main;\n" },
    });
    await mkdir(join(directory, "in"));
    for (const file of [dsc, ...files]) {
      await writeFile(join(directory, "in", file.name), file.bytes);
    }
    const out = join(directory, "out");
    const result = await runTool("dpkg-source", ["-x", join(directory, "in", dsc.name), out]);
    expect(result).toMatchObject({ exitCode: 0 });
    expect(await readFile(join(out, "debian/changelog"), "utf8")).toContain(`hello (${version})`);
    expect(await readFile(join(out, "debian/control"), "utf8")).toContain("Package: hello-doc\n");
    expect(await readFile(join(out, "src/main.c"), "utf8")).toBe("int main;\n");
  });
});
