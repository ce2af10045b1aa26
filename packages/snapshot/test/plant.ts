import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Collection, SealedTree } from "../src/index.js";

export const CREATED = new Date("2026-11-21T03:04:05.678Z");
/** Who does what the tests do. */
export const BY = { user: "tester", host: "here" };
export const NOTE = { at: CREATED, by: BY, command: "test" };
export const HOLDER = { command: "test", since: CREATED };

/** Makes and seals a tree of small files, whose content is the generation unless given. */
export function plant(
  collection: Collection,
  generation: string,
  files: readonly string[] | Readonly<Record<string, string>> = ["index.html", "css/site.css"],
): Promise<SealedTree> {
  const builder = collection.newTree(generation);
  const entries = Array.isArray(files)
    ? files.map((path: string) => [path, generation] as const)
    : Object.entries(files as Record<string, string>);
  for (const [path, text] of entries) builder.write(path, Buffer.from(text), CREATED);
  return builder.seal({ created: CREATED, facts: { generation } });
}

/** The files of a tree that are not what its manifest says, read by nothing of the package. */
export function damaged(tree: SealedTree): string[] {
  return [...tree.files()]
    .filter(({ path, size, sha256 }) => {
      const bytes = readFileSync(`${tree.path}/${path}`);
      return bytes.length !== size || createHash("sha256").update(bytes).digest("hex") !== sha256;
    })
    .map(({ path }) => path);
}
