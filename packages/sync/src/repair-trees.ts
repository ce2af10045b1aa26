import { rmSync } from "node:fs";
import type { Collection, Lock, Space } from "@mirror/snapshot";
import { createDigestCache, type DigestCache } from "./digest-cache.js";
import { type Mender, mendNames } from "./mend-names.js";
import { type ObtainedRepair, obtainRepairs } from "./obtain-repairs.js";
import { type ContentRepair, planRepair } from "./plan-repair.js";
import type { RepairedContent, RepairedName, RepairReport } from "./repair-report.js";
import { reportContent, reportName } from "./report-repair.js";
import { requireSpace } from "./require-space.js";
import { emitter } from "./run.js";
import type { MirrorSpec, SyncPorts } from "./spec.js";
import { type ContentName, type SurveyOptions, surveyContents } from "./survey-contents.js";

/** The world as a repair sees it. */
export interface RepairPorts extends Pick<SyncPorts, "fetcher" | "now" | "freeSpace" | "onEvent"> {
  /** All collections of the store, that of the mirror among them. */
  readonly collections: readonly Collection[];
}

/** Options of {@link repairTrees}. */
export interface RepairOptions extends Omit<Mender, "now"> {
  /** Takes the `sync` lock of a collection that has damaged trees, or throws. */
  lock(collection: Collection): Promise<Lock>;
  /** Of the verification that found the damage: what was read is not read again. */
  readonly cache?: DigestCache | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** So many contents are fetched and put in their places at a time: the store is free in between. */
const AT_ONCE = 200;

/**
 * Mends files of sealed trees: takes the bytes that a manifest names from another file of the store,
 * else from the mirror's upstream, and puts them in their place in every tree, of any collection,
 * that has another file there. What cannot be had or put there is in the report.
 *
 * Takes the `sync` lock of every collection that is concerned, in the order of their ids, and `store`
 * of each while files are put in their places.
 *
 * @param damaged - contents, by their SHA256, of which damaged files were found
 * @throws SnapshotError when the mirror's own store is locked or cannot be written
 */
export async function repairTrees(
  spec: Pick<MirrorSpec, "id" | "urls">,
  ports: RepairPorts,
  damaged: ReadonlySet<string>,
  options: RepairOptions,
): Promise<RepairReport> {
  const { collections } = ports;
  const shared = { ...options, cache: options.cache ?? createDigestCache() };
  const first = await surveyContents(collections, damaged, shared);
  const ids = new Set(first.names.flatMap(({ id, fault }) => (fault === undefined ? [] : [id])));
  const concerned = collections.filter(({ id }) => ids.has(id) || (ids.size > 0 && id === spec.id));
  using locks = await lockAll(spec.id, concerned, options);
  // A sync may have replaced what was looked at before it let the lock go.
  const survey = await surveyContents(collections, damaged, shared);
  const plan = planRepair(survey.names, spec.id);
  const contents: RepairedContent[] = [];
  for (let at = 0; at < plan.length; at += AT_ONCE) {
    options.signal?.throwIfAborted();
    contents.push(...(await mendSome(spec, ports, plan.slice(at, at + AT_ONCE), locks, shared)));
  }
  return { contents, unread: survey.unread };
}

/** The collections that may be changed, and why others may not. */
interface Locked extends Disposable {
  readonly held: readonly Collection[];
  readonly busy: ReadonlyMap<string, Error>;
}

async function lockAll(
  own: string,
  concerned: readonly Collection[],
  { lock, signal }: RepairOptions,
): Promise<Locked> {
  const locks: Lock[] = [];
  const held: Collection[] = [];
  const busy = new Map<string, Error>();
  const release = () => {
    for (const one of locks) one.release();
  };
  try {
    // In one order for all: two repairs that wait for each other's locks would wait for ever.
    for (const collection of concerned.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
      try {
        locks.push(await lock(collection));
        held.push(collection);
      } catch (error) {
        signal?.throwIfAborted();
        if (collection.id === own || !(error instanceof Error)) throw error;
        busy.set(collection.id, error);
      }
    }
  } catch (error) {
    release();
    throw error;
  }
  return { held, busy, [Symbol.dispose]: release };
}

async function mendSome(
  { id, urls }: Pick<MirrorSpec, "id" | "urls">,
  ports: RepairPorts,
  repairs: readonly ContentRepair<ContentName>[],
  { held, busy }: Locked,
  options: RepairOptions & SurveyOptions,
): Promise<RepairedContent[]> {
  const own = ports.collections.find((collection) => collection.id === id);
  if (!own) throw new TypeError(`${id}: not among the collections`);
  own.prepare();
  const { signal } = options;
  const freeSpace = (path: string) => ports.freeSpace(path);
  const place = { id, directory: own.paths.trees, collection: own, freeSpace, signal };
  const admit = (needed: Space) => requireSpace(place, needed);
  const upstream = { urls, admit, ports, signal, emit: emitter(id, ports) };
  const obtained = await obtainRepairs(repairs, upstream, own.paths.partial);
  const names = new Map<string, RepairedName[]>();
  const mender = { by: options.by, command: options.command, now: ports.now };
  for (const collection of held) {
    const mended = await mendNames(collection, obtained, mender, options);
    for (const [sha256, some] of mended) names.set(sha256, [...(names.get(sha256) ?? []), ...some]);
  }
  for (const one of obtained.values()) if ("file" in one) rmSync(one.file, { force: true });
  return repairs.map((repair) => {
    const unlocked = repair.damaged.flatMap((name) => {
      const error = busy.get(name.id);
      return error ? [reportName(name, { outcome: "left", error })] : [];
    });
    const outcome = outcomeOf(obtained.get(repair.sha256));
    return reportContent(repair, outcome, [...(names.get(repair.sha256) ?? []), ...unlocked]);
  });
}

function outcomeOf(obtained: ObtainedRepair | undefined): Pick<RepairedContent, "from" | "error"> {
  if (!obtained) return {};
  return "error" in obtained ? { error: obtained.error } : { from: obtained.from };
}
