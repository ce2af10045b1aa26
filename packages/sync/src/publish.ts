import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Collection, RefusedLink, SealedTree } from "@mirror/snapshot";
import { factsOf } from "./facts.js";
import { noteIssued } from "./issued.js";
import type { Run } from "./run.js";

/** How long a superseded tree, and a link into it, is kept for clients that still read it, in ms. */
export const GRACE = 60 * 60 * 1000;

const LEFT_OUT: Record<RefusedLink["reason"], string> = {
  pointer: "a pointer has that name",
  dot: "its name begins with a dot",
  foreign: "something that mirrorctl did not make has that name",
  unsafe: "its name is not safe",
};

/** What a `sync` holds the store for; seconds. */
export interface Holder {
  readonly command: string;
  readonly since: Date;
  /** Names that no link gets; absent: no links are made or removed at all. */
  readonly reserved?: readonly string[];
}

/**
 * Lets `latest` show a sealed tree. Links for its new top-level directories are made before, so
 * that nobody who follows `latest` finds one missing.
 */
export async function switchLatest(run: Run, tree: SealedTree, holder: Holder): Promise<void> {
  const { collection } = run.ports;
  const store = await collection.lock("store", holder, waiting(run));
  try {
    if (holder.reserved) showLinks(run, tree, holder.reserved);
    noteIssued(collection, tree);
    collection.swap("latest", tree);
  } catch (error) {
    removeUnshown(collection, tree);
    throw error;
  } finally {
    store.release();
  }
  run.emit({ type: "switched", generation: tree.generation });
}

function showLinks(run: Run, tree: SealedTree, reserved: readonly string[]): void {
  const links = run.ports.collection.showLinks("latest", topDirectories(tree), { reserved });
  for (const { name, reason } of links.refused) {
    run.warn(
      "WARN_SYNC_LINK_LEFT_OUT",
      `${name}/ is reachable through latest/ only: ${LEFT_OUT[reason]}`,
    );
  }
}

/** Nobody would ever look at it: a mirror that fails here every hour must not fill the disk. */
function removeUnshown(collection: Collection, tree: SealedTree): void {
  try {
    if (collection.latest()?.generation !== tree.generation) collection.removeTree(tree.generation);
  } catch {
    // What made the switch fail says more; the next sweep finds the tree.
  }
}

/** Removes what nobody can be reading any more: superseded trees, and links of vanished directories. */
export async function sweepSuperseded(run: Run, holder: Holder): Promise<void> {
  const { collection } = run.ports;
  const now = run.ports.now();
  const store = await collection.lock("store", holder, waiting(run));
  try {
    collection.sweep({ now, grace: GRACE });
    const latest = collection.latest();
    const made = latest ? Date.parse(latest.header().created) : Number.NaN;
    if (holder.reserved && latest && now.getTime() - made >= GRACE)
      collection.hideLinks(topDirectories(latest));
  } finally {
    store.release();
  }
}

/**
 * Removes downloads that no later run can want: of other content than `wanted`, by digest. Whatever
 * else lies there was not made here, and goes too: nothing but downloads has a place there.
 */
export function clearPartial(collection: Collection, wanted: ReadonlySet<string>): void {
  const { partial } = collection.paths;
  for (const name of readdirSync(partial)) {
    const [digest = ""] = name.split(".", 1);
    if (!wanted.has(digest)) rmSync(join(partial, name), { recursive: true, force: true });
  }
}

/** A generation's name: the moment in UTC, to the millisecond, sortable, without colons. */
export function generationName(now: Date): string {
  return now.toISOString().replace(/[-:]/g, "");
}

function topDirectories(tree: SealedTree): readonly string[] {
  return factsOf(tree)?.topDirectories ?? [];
}

function waiting(run: Run) {
  return run.signal ? { wait: true, signal: run.signal } : { wait: true };
}
