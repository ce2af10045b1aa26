import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Collection, type Lock, SnapshotError, type Space } from "@mirror/snapshot";
import { createDigestCache, type DigestCache } from "./digest-cache.js";
import { type Mender, mendNames } from "./mend-names.js";
import { lost, type ObtainedRepair, obtainRepairs } from "./obtain-repairs.js";
import { type ContentRepair, planRepair } from "./plan-repair.js";
import type { RepairedContent, RepairedName, RepairReport, RepairSource } from "./repair-report.js";
import { requireSpace } from "./require-space.js";
import { emitter } from "./run.js";
import type { MirrorSpec, SyncPorts } from "./spec.js";
import { type ContentName, surveyContents } from "./survey-contents.js";

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
 * Says how {@link repairTrees} would mend these contents, and changes nothing. Takes no lock and asks
 * nobody.
 */
export async function planRepairs(
  id: string,
  collections: readonly Collection[],
  damaged: ReadonlySet<string>,
  options: Pick<RepairOptions, "cache" | "signal"> = {},
): Promise<RepairReport> {
  const survey = await surveyContents(collections, damaged, surveying(options));
  const contents = planRepair(survey.names, id).map((repair) => {
    const from = sourceOf(repair);
    const error = from ? undefined : lost(repair.path, repair.sha256);
    const names = repair.damaged.map((name) => {
      if (name.astray !== undefined) return { ...told(name, "left"), error: isAstray(name) };
      return told(name, from ? "planned" : "left");
    });
    return reported(repair, { from, error }, names);
  });
  return { contents, unread: survey.unread };
}

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
  const look = surveying(options);
  const first = await surveyContents(collections, damaged, look);
  const ids = new Set(first.names.flatMap(({ id, fault }) => (fault === undefined ? [] : [id])));
  const concerned = collections.filter(({ id }) => ids.has(id) || (ids.size > 0 && id === spec.id));
  using locks = await lockAll(spec.id, concerned, options);
  // A sync may have replaced what was looked at before it let the lock go.
  const survey = await surveyContents(collections, damaged, look);
  const plan = planRepair(survey.names, spec.id);
  const contents: RepairedContent[] = [];
  for (let at = 0; at < plan.length; at += AT_ONCE) {
    options.signal?.throwIfAborted();
    contents.push(...(await mendSome(spec, ports, plan.slice(at, at + AT_ONCE), locks, options)));
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
  options: RepairOptions,
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
    const mended = await mendNames(collection, obtained, mender, surveying(options));
    for (const [sha256, some] of mended) names.set(sha256, [...(names.get(sha256) ?? []), ...some]);
  }
  for (const one of obtained.values()) if ("file" in one) rmSync(one.file, { force: true });
  return repairs.map((repair) => {
    const unlocked = repair.damaged.flatMap((name) => {
      const error = busy.get(name.id);
      return error ? [{ ...told(name, "left"), error }] : [];
    });
    const outcome = obtained.get(repair.sha256);
    return reported(repair, outcomeOf(outcome), [...(names.get(repair.sha256) ?? []), ...unlocked]);
  });
}

function outcomeOf(obtained: ObtainedRepair | undefined): Pick<RepairedContent, "from" | "error"> {
  if (!obtained) return {};
  return "error" in obtained ? { error: obtained.error } : { from: obtained.from };
}

function reported(
  { path, sha256, size }: ContentRepair<ContentName>,
  { from, error }: { from?: RepairSource | undefined; error?: Error | undefined },
  names: readonly RepairedName[],
): RepairedContent {
  const source = from === undefined ? {} : { from };
  return { path, sha256, size, ...source, ...(error === undefined ? {} : { error }), names };
}

function told(
  { id, tree, file, fault = "" }: ContentName,
  outcome: RepairedName["outcome"],
): RepairedName {
  return { id, tree: tree.generation, path: file.path, fault, outcome };
}

/** The error that the mending of such a file would end with. */
function isAstray({ tree, astray = "" }: ContentName): SnapshotError {
  const path = join(tree.path, astray);
  const message = `${path}: something else is in the place of a directory`;
  return new SnapshotError("ERR_SNAPSHOT_FOREIGN_ENTRY", message, { path });
}

function sourceOf({ intact, upstream }: ContentRepair<ContentName>): RepairSource | undefined {
  const [first] = intact;
  if (first) {
    const { id, tree, file } = first;
    return { kind: "tree", id, tree: tree.generation, path: file.path };
  }
  return upstream.length > 0 ? { kind: "upstream", paths: upstream } : undefined;
}

function surveying({ cache, signal }: Pick<RepairOptions, "cache" | "signal">) {
  return { cache: cache ?? createDigestCache(), signal };
}
