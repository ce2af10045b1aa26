import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createKey, fingerprintTree, judgeMirror } from "@mirror/testkit";
import { describe, expect, test } from "vitest";
import { openWorkshop, type Workshop } from "./workshop.js";

/** Every file of ours that carries a format, by its path below `dir`. */
const STATE = ["seen", "issued", ".superseded"].map((name) => `.mirrorctl/state/demo/${name}.json`);

/** A mirror that signs itself, of two generations and two snapshots, the first of them staged. */
async function openMirror(): Promise<Workshop> {
  const workshop = await openWorkshop(["1"]);
  const { armoredPrivate } = await createKey();
  writeFileSync(join(workshop.root, "own.asc"), armoredPrivate, { mode: 0o600 });
  await workshop.configure({ demo: `sign = { key_path = "${workshop.root}/own.asc" }` });
  await workshop.release("2");
  await workshop.succeed("snapshot", "stage", "demo", "s2");
  await workshop.succeed("snapshot", "promote", "demo");
  await workshop.release("3");
  return workshop;
}

/** Every file and link, but for downloads, and for locks and the history, which say who was there. */
async function everything({ dir }: Workshop): Promise<readonly unknown[]> {
  const entries = [...(await fingerprintTree(dir, { content: true }))];
  return entries.filter(
    ([path, entry]) =>
      !entry.startsWith("directory") &&
      !/^\.mirrorctl\/(?:locks|partial)\//.test(path) &&
      !path.endsWith("/history.jsonl"),
  );
}

async function judge(workshop: Workshop): Promise<void> {
  for (const pointer of ["latest", "staging", "current"]) {
    const tree = join(workshop.dir, "demo", pointer);
    const { violations } = await judgeMirror(tree, {
      keyring: join(tree, "dists/stable/Release.key"),
      suites: ["stable"],
      components: ["main"],
      architectures: ["amd64"],
    });
    expect([pointer, violations]).toEqual([pointer, []]);
  }
}

const newer = (path: string) => {
  const [first = "", ...rest] = readFileSync(path, "utf8").split("\n");
  const text = first.replace('"format":1', '"format":2');
  expect(text).not.toBe(first);
  writeFileSync(path, [text, ...rest].join("\n"));
};

describe("what a later version has written", () => {
  test.each(STATE)("in %s is refused by name, and nothing changes", async (name) => {
    const workshop = await openMirror();
    const path = join(workshop.dir, name);
    newer(path);
    await workshop.repository.publish({
      suites: { stable: { add: [{ package: "more", version: "1" }] } },
    });
    const before = await everything(workshop);
    const { status, code, document } = await workshop.tell("sync");
    expect([status, code]).toEqual([1, "ERR_SNAPSHOT_NEWER_FORMAT"]);
    expect(document.mirrors[0].error.message).toContain(path);
    expect(await everything(workshop)).toEqual(before);
    await judge(workshop);
  });

  test.each([
    ["the working mirror", "latest", ["sync"]],
    ["the working mirror", "latest", ["snapshot", "create", "demo", "s4"]],
    ["a snapshot", "staging", ["snapshot", "promote", "demo"]],
    ["a snapshot", "staging", ["snapshot", "stage", "demo", "s2"]],
    ["a snapshot", "staging", ["snapshot", "verify", "demo", "s2"]],
  ])(
    "in the manifest of %s is refused by name, and nothing changes: %s %j",
    async (_, pointer, words) => {
      const workshop = await openMirror();
      const directory = join(
        workshop.dir,
        pointer === "latest" ? ".mirrorctl/trees/demo" : ".mirrorctl/snapshots/demo",
      );
      const path = join(directory, `.${workshop.shows(pointer)}.manifest`);
      expect(existsSync(path)).toBe(true);
      newer(path);
      const before = await everything(workshop);
      const { status, stderr } = await workshop.tell(...words);
      expect([words, status]).toEqual([words, 1]);
      expect(stderr).toContain(path);
      expect(await everything(workshop)).toEqual(before);
    },
  );
});

describe("state that is garbage", () => {
  test.each([
    ["nothing", ""],
    ["bytes", "\u0000\u00ff{"],
    ["a cut text", '{"format":1,"value":{"sui'],
    ["an older format", '{"format":0,"value":{"suites":{}}}'],
    ["another shape", '{"format":1,"value":[["x"]]}'],
  ])("is made anew, and what is published stays whole: %s", async (_, text) => {
    const workshop = await openMirror();
    for (const name of STATE) writeFileSync(join(workshop.dir, name), text);
    writeFileSync(join(workshop.dir, ".mirrorctl/state/demo/history.jsonl"), text);
    const before = workshop.shows("latest");
    await workshop.succeed("sync");
    await judge(workshop);
    await workshop.release("4");
    expect(workshop.shows("latest")).not.toBe(before);
    await judge(workshop);
    // What is known anew is used: upstream is asked whether anything has changed.
    workshop.server.clear();
    await workshop.succeed("sync");
    expect(workshop.server.requests.map(({ status }) => status)).toEqual([304]);
    const left = readdirSync(join(workshop.dir, ".mirrorctl/state/demo"));
    expect(left.filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
