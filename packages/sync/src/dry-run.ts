import { contentKey } from "./contents.js";
import type { Amount } from "./events.js";
import { locateContents, type Sightings } from "./locate-contents.js";
import { noSpace } from "./no-space.js";
import { addSpace, planSpace } from "./plan-space.js";
import type { PoolFile } from "./pool-files.js";
import { type MirrorPlan, prepareMirror } from "./prepare-mirror.js";
import type { RetentionPolicy } from "./prune-snapshots.js";
import type { PublishedDocument } from "./release.js";
import type { DryRunReport } from "./report.js";
import { poolContents } from "./reuse-contents.js";
import { type Run, startRun } from "./run.js";
import { readableSeen } from "./seen.js";
import type { MirrorSpec, SyncPorts } from "./spec.js";
import { storeSpace, wouldFree } from "./store-space.js";
import { newDocuments, readSuites } from "./suites.js";
import { neededForTree } from "./tree-space.js";

/** Options of {@link dryRun}. */
export interface DryRunOptions {
  /** An empty directory outside the store, for the indices; the caller removes it. */
  readonly scratch: string;
  /** As for {@link sync}. */
  readonly retention?: RetentionPolicy;
  readonly signal?: AbortSignal;
}

/**
 * Says what a sync would do: the same steps up to the plan, with the indices in `scratch`. Takes no
 * lock and writes nothing in the store.
 *
 * @throws what {@link sync} throws before it downloads packages
 */
export async function dryRun(
  spec: MirrorSpec,
  ports: SyncPorts,
  { scratch, signal, retention }: DryRunOptions,
): Promise<DryRunReport> {
  const run = startRun(spec, ports, signal);
  const latest = ports.collection.latest();
  const suites = await readSuites(run, latest, readableSeen(ports.collection));
  const releases = await Promise.all(suites.map((suite) => suite.release()));
  const plan = await prepareMirror(run, releases, latest, scratch);
  const sizes = (documents: readonly PublishedDocument[]) =>
    sum(documents.map(({ bytes }) => bytes.length));
  const release = sizes(releases.flatMap(({ published }) => published));
  const indices = sum(variantsOf(plan).map(({ variant }) => variant.file.size));
  const lacking = plan.pool.download;
  const packages = add(sum(plan.pool.reuse.map(({ file }) => file.size)), sum(sizesOf(lacking)));
  const newIndices = variantsOf(plan).flatMap(({ source }) =>
    source.origin === "fetched" ? [source.file] : [],
  );
  const sightings = await locateContents(run, poolContents(run, plan, lacking));
  const isSeen = ({ digests }: PoolFile) => sightings.has(contentKey(digests));
  const elsewhere = add(
    sum(sizesOf(newIndices.filter(({ copied }) => copied))),
    sum(sizesOf(lacking.filter(isSeen))),
  );
  const toDownload = add(
    sizes(newDocuments(suites, releases)),
    sum(sizesOf(newIndices.filter(({ copied }) => !copied))),
    sum(sizesOf(lacking.filter((file) => !isSeen(file)))),
  );
  const total = add(release, indices, packages);
  return {
    id: spec.id,
    release,
    indices,
    packages,
    total,
    present: { files: total.files - toDownload.files, bytes: total.bytes - toDownload.bytes },
    elsewhere,
    toDownload,
    carried: sum(plan.carry.carried.map(({ size }) => size)),
    toFree: sum(plan.carry.freed.map(({ size }) => size)),
    ...(plan.filtered ? { filters: plan.filtered.report } : {}),
    ...(await spaceOf(run, plan, sightings, retention)),
    warnings: run.warnings,
  };
}

/** Whether the tree fits; where it does not, whether a sync would make room for it. */
async function spaceOf(
  run: Run,
  tree: MirrorPlan,
  sightings: Sightings,
  retention: RetentionPolicy | undefined,
): Promise<Pick<DryRunReport, "needed" | "free" | "freedFirst" | "refused">> {
  const place = storeSpace(run);
  const needed = neededForTree(run, tree, sightings);
  const { free, short } = planSpace(needed, await place.freeSpace(place.directory));
  if (!short) {
    run.emit({ type: "space-planned", needed });
    return { needed, free };
  }
  const freedFirst = await wouldFree(run, retention);
  const then = planSpace(needed, { ...free, ...addSpace(free, freedFirst) });
  if (then.short) return { needed, free, freedFirst, refused: await noSpace(place, then) };
  run.emit({ type: "space-planned", needed });
  return { needed, free, freedFirst };
}

function variantsOf(plan: MirrorPlan) {
  return plan.indices.flatMap(({ variants }) => variants);
}

function sizesOf(files: readonly { readonly size: number }[]): number[] {
  return files.map(({ size }) => size);
}

function sum(sizes: readonly number[]): Amount {
  return { files: sizes.length, bytes: sizes.reduce((total, size) => total + size, 0) };
}

function add(...amounts: readonly Amount[]): Amount {
  return {
    files: amounts.reduce((total, { files }) => total + files, 0),
    bytes: amounts.reduce((total, { bytes }) => total + bytes, 0),
  };
}
