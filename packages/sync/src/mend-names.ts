import type { Collection, HistoryEntry } from "@mirror/snapshot";
import type { ObtainedRepair } from "./obtain-repairs.js";
import type { RepairedName } from "./repair-report.js";
import { type ContentName, type SurveyOptions, surveyContents } from "./survey-contents.js";
import { noteSuspects } from "./suspects.js";

/** On whose behalf trees are mended, for locks and history. */
export interface Mender {
  readonly by: HistoryEntry["by"];
  readonly command: string;
  now(): Date;
}

/**
 * Puts contents in their places in all trees of a collection: in those of this moment, as snapshots
 * may have been made since damage was found. Returns by SHA256 what became of each damaged name; what
 * could not be had is noted: a sync hashes such files before it uses them.
 *
 * The caller holds the collection's `sync` lock; `store` is taken here.
 *
 * @throws SnapshotError when the store is not to be read or locked
 */
export async function mendNames(
  collection: Collection,
  obtained: ReadonlyMap<string, ObtainedRepair>,
  mender: Mender,
  options: SurveyOptions,
): Promise<ReadonlyMap<string, readonly RepairedName[]>> {
  const { now, by, command } = mender;
  const { signal } = options;
  const waiting = { wait: true, ...(signal ? { signal } : {}) };
  const store = await collection.lock("store", { command, since: now() }, waiting);
  try {
    const { names } = await surveyContents([collection], new Set(obtained.keys()), options);
    const told = new Map<string, RepairedName[]>();
    const mended: RepairedName[] = [];
    const left = new Set<string>();
    const places = new Map<string, string>();
    for (const name of names) {
      if (name.fault === undefined) continue;
      const { sha256 } = name.file;
      const one = mend(collection, name, obtained.get(sha256), places);
      told.set(sha256, [...(told.get(sha256) ?? []), one]);
      if (one.outcome === "mended") mended.push(one);
      else left.add(sha256);
    }
    const whole = new Set([...told.keys()].filter((sha256) => !left.has(sha256)));
    noteSuspects(collection, { found: left, mended: whole });
    if (mended.length > 0) {
      const trees = [...new Set(mended.map(({ tree }) => tree))];
      const message = `${mended.length} files mended in ${trees.join(", ")}`;
      const note = { message, files: mended.length, trees };
      collection.record({ at: now(), kind: "repair", by, command, note });
    }
    return told;
  } finally {
    store.release();
  }
}

/** @param places - what was put in its place before, by content and time: it is linked again. */
function mend(
  collection: Collection,
  { id, tree, file, fault = "" }: ContentName,
  obtained: ObtainedRepair | undefined,
  places: Map<string, string>,
): RepairedName {
  const name = { id, tree: tree.generation, path: file.path, fault };
  if (!obtained || "error" in obtained) return { ...name, outcome: "left" };
  const key = `${file.sha256} ${file.mtime} ${tree.path.slice(0, -tree.generation.length)}`;
  try {
    const source = places.get(key) ?? obtained.file;
    const mended = collection.mendFile(tree, file, source);
    places.set(key, `${tree.path}/${file.path}`);
    return { ...name, outcome: "mended", ...mended };
  } catch (error) {
    return {
      ...name,
      outcome: "left",
      error: error instanceof Error ? error : new Error(String(error)),
    };
  }
}
