import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  createKey,
  createRepository,
  fingerprintTree,
  serve,
  type TemporaryDirectory,
  type TestKey,
  type TestServer,
  temporaryDirectory,
} from "@mirror/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emptyFile, PATH_CASES, type PathCase } from "./path-cases.js";
import { Target } from "./target.js";

let directory: TemporaryDirectory;
let key: TestKey;
let server: TestServer;
/** A mirror of a good upstream, which every bad one then tries to change. */
let warm: Target;
const refused = PATH_CASES.filter(({ expect }) => expect instanceof RegExp);
const kept = PATH_CASES.filter(({ expect }) => !(expect instanceof RegExp));
const place = (one: PathCase) => `case${PATH_CASES.indexOf(one)}`;
const urlOf = (one: PathCase) => `${server.url}upstream/${place(one)}/`;

async function publish(name: string, { suite, listed = [] }: Omit<PathCase, "name" | "expect">) {
  const root = join(directory.path, "upstream", name);
  const repository = await createRepository(root, {
    key,
    suites: [
      { suite: "stable", compressions: [""], hashes: ["SHA256"], forms: ["InRelease"], ...suite },
    ],
  });
  if (listed.length === 0) return;
  await repository.rewriteRelease(
    "stable",
    (text) => `${text}${listed.map(emptyFile).join("\n")}\n`,
  );
}

function target(one: PathCase): Target {
  const dir = join(directory.path, "stores", place(one));
  return new Target({
    dir,
    urls: [urlOf(one)],
    keyring: key.binaryPublic,
    ...(one.spec ? { spec: one.spec } : {}),
  });
}

/** Everything that is no business of any mirror. */
const outside = async () => [
  ...(await fingerprintTree(join(directory.path, "outside"), { content: true })),
  ...(await fingerprintTree(join(directory.path, "upstream"), { content: true })),
];

describe("signed paths", () => {
  let before: [string, string][];
  beforeAll(async () => {
    directory = await temporaryDirectory("hostile-");
    for (const name of ["upstream", "outside", "stores"]) mkdirSync(join(directory.path, name));
    writeFileSync(join(directory.path, "outside/victim"), "untouched\n");
    key = await createKey();
    server = await serve(directory.path);
    for (const one of PATH_CASES) await publish(place(one), one);
    const date = new Date(Date.now() - 86_400_000);
    await publish("good", { suite: { packages: [{ package: "hello", version: "1" }], date } });
    before = await outside();
    const urls = [`${server.url}upstream/good/`];
    warm = new Target({ dir: join(directory.path, "warm"), urls, keyring: key.binaryPublic });
    await warm.accepts();
  });
  afterAll(async () => {
    expect(await outside()).toEqual(before);
    await server?.close();
    await directory?.remove();
  });

  it.each(refused)("are refused by a cold mirror: $name", async (one) => {
    const cold = target(one);
    await cold.refuses(one.expect as RegExp);
  });

  it.each(refused)("are refused by a warm mirror: $name", async (one) => {
    warm.urls = [urlOf(one)];
    warm.spec = one.spec ?? {};
    await warm.refuses(one.expect as RegExp);
  });

  it.each(kept)("are kept as written: $name", async (one) => {
    const mirror = target(one);
    await mirror.sync();
    // The oracle dislikes such lines also where nobody follows them.
    const violations = (await mirror.judge()).filter((found) => !/: lists "/.test(found));
    expect(violations).toEqual([]);
    for (const path of one.expect as string[]) {
      const upstream = join(directory.path, "upstream", place(one), path);
      expect(readFileSync(join(mirror.latest, path))).toEqual(readFileSync(upstream));
    }
  });
});
