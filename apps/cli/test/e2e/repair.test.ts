import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { aptClient, describeNeeds, nginx } from "@mirror/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { openUpstream } from "../upstream.js";
import { mirrorctl } from "./mirrorctl.js";

const PACKAGE = "hello_1_amd64.deb";
const HELLO = `pool/main/h/hello/${PACKAGE}`;

/** Lines that a shell prints. */
const sh = (script: string, ...args: readonly string[]) =>
  execFileSync("sh", ["-ec", script, "sh", ...args], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line !== "");

/** Turns one bit of a file, whose size and times stay. */
const ROT = `
cp -p "$1" "$2"
byte=$(od -An -tu1 -j300000 -N1 "$1" | tr -d ' ')
printf "\\\\$(printf %03o $((byte ^ 1)))" | dd of="$1" bs=1 seek=300000 conv=notrunc status=none
touch -r "$2" "$1"`;

describeNeeds(describe, ["apt-get", "nginx"], "a package of which a disk turns one bit", () => {
  test("is mended in all trees that share it, as sha256sum, apt-get, stat and du see it", async () => {
    const packages = [{ package: "hello", version: "1", payload: 600_000 }];
    const upstream = await openUpstream(packages);
    const { root, dir, config } = upstream;
    await upstream.configure({ demo: "", twin: "" });
    const run = async (...words: string[]) => {
      const { status, stderr } = await mirrorctl(root, ...words, "-c", config);
      return { status, stderr };
    };
    const succeed = async (...words: string[]) =>
      expect(await run(...words)).toMatchObject({ status: 0 });
    for (const id of ["demo", "twin"]) {
      // One after the other: the second one links what the first one has.
      await succeed("sync", id);
      for (const name of ["one", "two"]) await succeed("snapshot", "create", id, name);
      await succeed("snapshot", "publish", id, "one");
    }

    const names = sh('find "$1" -type f -name "$2" | sort', dir, PACKAGE);
    expect(names).toHaveLength(6);
    const [name = ""] = names;
    const sums = () => new Set(sh('sha256sum -- "$@" | cut -d" " -f1', ...names));
    const inodes = () => new Set(sh('stat -c "%i %h" -- "$@"', ...names));
    const times = () => sh('stat -c "%s %Y %a %U" -- "$@"', ...names);
    const room = () => sh('du -s --block-size=1 "$1" | cut -f1', dir);
    const listing = () => sh('cd "$1" && find . -type f -o -type l | sort', dir);
    const right = new Set(
      sh('sha256sum < "$1" | cut -d" " -f1', join(upstream.repository.directory, HELLO)),
    );
    expect(sums()).toEqual(right);
    expect(inodes().size).toBe(1);
    const before = { inodes: inodes(), times: times(), room: room(), listing: listing() };

    mkdirSync(join(root, "nginx"));
    const server = await nginx({ root: join(root, "nginx"), directory: dir });
    onTestFinished(() => server.close());
    let clients = 0;
    const download = async (pointer: string) => {
      clients += 1;
      const at = join(root, `apt-${clients}`);
      mkdirSync(at);
      const apt = await aptClient({
        root: at,
        sources: `deb ${server.url}${pointer} stable main`,
        keyring: readFileSync(upstream.keyring),
      });
      expect(await apt.update()).toMatchObject({ exitCode: 0 });
      return (await apt.download("hello")).exitCode;
    };
    const pointers = ["demo/latest", "demo/current", "twin/latest", "twin/current"];

    sh(ROT, name, join(root, "before"));
    expect(sums()).not.toEqual(right);
    expect(times()).toEqual(before.times);
    for (const pointer of pointers) expect(await download(pointer)).not.toBe(0);
    const found = await run("verify", "demo");
    expect(found).toMatchObject({ status: 1 });
    expect(found.stderr).toContain(HELLO);
    expect(sums()).not.toEqual(right);

    await succeed("verify", "demo", "--repair");
    expect(sums()).toEqual(right);
    for (const pointer of pointers) expect(await download(pointer)).toBe(0);
    // Again one file, another one, with as many names, of the same time and rights.
    expect(inodes().size).toBe(1);
    expect([...inodes()].map((one) => one.split(" ")[1])).toEqual(["6"]);
    expect(inodes()).not.toEqual(before.inodes);
    expect(times()).toEqual(before.times);
    expect(listing()).toEqual(before.listing);
    expect(Number(room()) - Number(before.room)).toBeLessThan(100_000);
    await succeed("verify", "--snapshots");
  }, 120_000);
});
