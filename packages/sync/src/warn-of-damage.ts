import { lstatSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type ManifestFile, type SealedTree, SnapshotError } from "@mirror/snapshot";
import type { Run } from "./run.js";

/** So many files are looked for in other trees: more is a broken disk. */
const MOST_SOUGHT = 1000;
/** So many are named. */
const MOST_NAMED = 3;

/**
 * Warns of files of the present tree that are not as recorded. The new tree gets them from elsewhere;
 * trees, of any mirror, that share the damaged file by a hard link stay damaged, and are named.
 */
export async function warnOfDamage(
  run: Run,
  latest: SealedTree | undefined,
  damaged: readonly Pick<ManifestFile, "path">[],
): Promise<void> {
  if (!latest || damaged.length === 0) return;
  const sought = damaged.slice(0, MOST_SOUGHT).flatMap(({ path }) => {
    const inode = inodeOf(latest, path);
    return inode === undefined ? [] : [{ path, inode }];
  });
  const sharing: string[] = [];
  for (const [name, tree] of await namedTrees(run)) {
    if (tree.path === latest.path) continue;
    if (sought.some(({ path, inode }) => inodeOf(tree, path) === inode)) sharing.push(name);
  }
  const names = damaged.slice(0, MOST_NAMED).map(({ path }) => path);
  const more = damaged.length > names.length ? ` and ${damaged.length - names.length} more` : "";
  const shared =
    sharing.length === 0 ? "" : `; other trees share the damage: ${sharing.join(", ")}`;
  const message = `not as recorded in latest, and not used again: ${names.join(", ")}${more}${shared}`;
  run.warn("WARN_SYNC_DAMAGED", message);
}

/** Trees of the mirror by their own names, those of others with that of their mirror. */
async function namedTrees({ ports }: Run): Promise<[name: string, tree: SealedTree][]> {
  const own = await readable(async () => ports.collection.everyTree());
  const all = await readable(async () => (await ports.elsewhere?.trees()) ?? []);
  const paths = new Set(own.map(({ path }) => path));
  const others = all.filter(({ path }) => !paths.has(path));
  return [
    ...own.map((tree): [string, SealedTree] => [tree.generation, tree]),
    ...others.map((tree): [string, SealedTree] => [
      `${basename(dirname(tree.path))}/${tree.generation}`,
      tree,
    ]),
  ];
}

/** A warning must not be what a sync fails of. */
async function readable(
  list: () => Promise<readonly SealedTree[]>,
): Promise<readonly SealedTree[]> {
  try {
    return await list();
  } catch (error) {
    if (error instanceof SnapshotError) return [];
    throw error;
  }
}

function inodeOf(tree: SealedTree, path: string): string | undefined {
  try {
    const { dev, ino } = lstatSync(join(tree.path, path));
    return `${dev}:${ino}`;
  } catch {
    // Gone, or behind something that is no directory: nothing is shared.
    return undefined;
  }
}
