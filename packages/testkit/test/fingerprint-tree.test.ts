import { link, mkdir, rename, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { fingerprintTree, temporaryDirectory } from "../src/index.js";

let root: string;
beforeEach(async () => {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  root = directory.path;
  await mkdir(join(root, "a"));
  await writeFile(join(root, "a/file"), "one");
  await utimes(join(root, "a/file"), 1000, 1000);
  await symlink("a", join(root, "link"));
});

describe("the fingerprint of a tree", () => {
  it("names every entry once and follows no link inside", async () => {
    const tree = await fingerprintTree(root);
    expect([...tree.keys()].sort()).toEqual([".", "a", "a/file", "link"]);
    expect(tree.get("a/file")).toMatch(/^file 0644 \d+ 1000000000000 3$/);
    expect(tree.get("link")).toMatch(/^symlink 0777 \d+ \d+ a$/);
    expect(await fingerprintTree(root)).toEqual(tree);
    expect([...(await fingerprintTree(join(root, "link"))).keys()]).toEqual([".", "file"]);
  });

  it("shows a file replaced by one of the same size and time, unless told not to look", async () => {
    const before = await fingerprintTree(root);
    const blind = await fingerprintTree(join(root, "a"), { withoutInode: true });
    await writeFile(join(root, "a/new"), "two");
    await utimes(join(root, "a/new"), 1000, 1000);
    await rename(join(root, "a/new"), join(root, "a/file"));
    const after = await fingerprintTree(root);
    expect(after.get("a/file")).not.toBe(before.get("a/file"));
    const blindAfter = await fingerprintTree(join(root, "a"), { withoutInode: true });
    expect(blindAfter.get("file")).toBe(blind.get("file"));
  });

  it("shows content written in place behind an unchanged time, when it is asked to read", async () => {
    const before = await fingerprintTree(root, { content: true });
    await writeFile(join(root, "a/file"), "two");
    await utimes(join(root, "a/file"), 1000, 1000);
    const after = await fingerprintTree(root, { content: true });
    expect(after.get("a/file")).not.toBe(before.get("a/file"));
  });

  it("gives two names of one inode the same words", async () => {
    await link(join(root, "a/file"), join(root, "a/twin"));
    const tree = await fingerprintTree(root);
    expect(tree.get("a/twin")).toBe(tree.get("a/file"));
  });
});
