import type { SealedTree, TreeBuilder } from "@mirror/snapshot";
import { type Breath, createBreath } from "./breath.js";
import { unmarkCarried } from "./carried-mark.js";
import { contentKey, type Fetched } from "./contents.js";
import { SyncError } from "./error.js";
import type { Amount } from "./events.js";
import { Failures } from "./failures.js";
import { ignoredBy } from "./ignore-missing.js";
import { checkedMark } from "./listed-digests.js";
import type { Sightings } from "./locate-contents.js";
import { obtainContents } from "./obtain-contents.js";
import { createPlacer, linkIfIntact, marked, Tally } from "./placer.js";
import type { PoolFile } from "./pool-files.js";
import type { MirrorPlan } from "./prepare-mirror.js";
import { publishResigned, type ResignedSuite } from "./publish-resigned.js";
import { publishVerbatim } from "./publish-verbatim.js";
import { reuseContents } from "./reuse-contents.js";
import type { Run } from "./run.js";
import type { Admit } from "./store-space.js";
import { hasDigests } from "./tree-source.js";
import { neededForRest } from "./tree-space.js";
import { warnOfDamage } from "./warn-of-damage.js";

/** What went into a tree. */
export interface BuiltTree {
  readonly downloaded: Amount;
  readonly reused: Amount;
  /** Linked from the tree before although they left upstream. */
  readonly carried: Amount;
  /** Pool files that upstream lacks and that may be absent. */
  readonly ignoredMissing: readonly string[];
  /** By the name of the suite; only where the mirror signs. */
  readonly resigned?: ReadonlyMap<string, ResignedSuite>;
}

/** What the building of a tree takes besides its plan. */
export interface BuildOptions {
  /** Where downloads arrive. */
  readonly scratch: string;
  /** Of the pool files that the present tree lacks. */
  readonly sightings: Sightings;
  readonly admit: Admit;
}

/**
 * Carries out a plan: links what is here, fetches the rest into `scratch`, and puts everything into
 * the unsealed tree. Whatever fails, what was fetched stays in `scratch` for the next run.
 *
 * @throws SyncError ERR_SYNC_NO_SPACE, ERR_SYNC_MISSING_FILE, ERR_SYNC_FILES_FAILED
 */
export async function buildTree(
  run: Run,
  plan: MirrorPlan,
  builder: TreeBuilder,
  latest: SealedTree | undefined,
  { scratch, sightings, admit }: BuildOptions,
): Promise<BuiltTree> {
  const placer = createPlacer(builder, latest);
  const damaged: PoolFile[] = [];
  const breath = createBreath(run.signal);
  for (const { wanted, file, unchecked } of plan.pool.reuse) {
    if (breath.isDue) await breath.take();
    const recorded = { ...unmarkCarried(file), ...marked(checkedMark(wanted.digests)) };
    const fits = !unchecked || (latest && (await hasDigests(latest, file, wanted.digests)));
    if (!fits || !placer.link(recorded)) damaged.push(wanted);
  }
  await warnOfDamage(run, latest, [...plan.damaged, ...damaged]);
  // What the present tree lacks may be in another one, or in a directory of another tool.
  const lacking = { absent: plan.pool.download, damaged };
  const { wanted, linked, found } = await reuseContents(run, plan, lacking, builder, {
    scratch,
    sightings,
  });
  for (const size of linked) placer.reused.add({ size });
  // What was damaged, or was not what it seemed, was not counted when the tree was admitted.
  await admit(neededForRest(run, plan, wanted));
  const fetched = await obtainContents(run, "packages", found, scratch);
  const ignoredMissing = judge(run, wanted, fetched);
  for (const { path, digests } of wanted) {
    if (breath.isDue) await breath.take();
    const result = fetched.get(contentKey(digests));
    if (result?.status === "held") placer.placeDownload(path, result.file, checkedMark(digests));
  }
  const { sign } = run.spec;
  const resigned =
    sign && (await publishResigned(run, plan, sign, { builder, placer, latest, scratch }));
  if (!resigned) publishVerbatim(run, plan, builder, placer);
  const { downloaded, reused } = placer;
  const carried = await carry(plan, builder, latest, breath);
  return { downloaded, reused, carried, ignoredMissing, ...(resigned ? { resigned } : {}) };
}

/** Links what left upstream; of what was damaged since nobody has it any longer. */
async function carry(
  plan: MirrorPlan,
  builder: TreeBuilder,
  latest: SealedTree | undefined,
  breath: Breath,
): Promise<Amount> {
  const carried = new Tally();
  for (const file of plan.carry.carried) {
    if (breath.isDue) await breath.take();
    // Which by-hash names rewritten indices get was not known when this was planned.
    if (builder.has(file.path)) continue;
    const { sha256 } = file;
    const isSuspect = latest && plan.suspects.has(sha256);
    if (isSuspect && !(await hasDigests(latest, file, { sha256 }))) continue;
    if (linkIfIntact(builder, latest, file)) carried.add(file);
  }
  return { files: carried.files, bytes: carried.bytes };
}

/** The paths that may be missing and are; throws when any other file could not be had. */
function judge(
  run: Run,
  wanted: readonly PoolFile[],
  fetched: ReadonlyMap<string, Fetched>,
): string[] {
  const ignored = ignoredBy(run.spec.ignoreMissing);
  const failures = new Failures();
  const missing: string[] = [];
  for (const { path, digests, suite } of wanted) {
    const result = fetched.get(contentKey(digests));
    if (result?.status === "failed") failures.add(path, () => result.error);
    if (result?.status !== "missing") continue;
    if (ignored(path)) {
      missing.push(path);
      run.warn("WARN_SYNC_FILE_MISSING", `${path}: absent upstream, left out by ignore_missing`);
    } else {
      const message = `${path}: listed by ${suite}, absent upstream`;
      failures.add(path, () => {
        if (result.refusal) return result.refusal;
        const error = new SyncError("ERR_SYNC_MISSING_FILE", message, { suite, path });
        run.emit({ type: "file-failed", path, error });
        return error;
      });
    }
  }
  failures.throwIfAny(run.spec.id);
  return missing;
}
