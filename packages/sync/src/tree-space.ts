import { type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Space } from "@mirror/snapshot";
import { contentKey } from "./contents.js";
import { canShare } from "./link-contents.js";
import type { Sightings } from "./locate-contents.js";
import { partialSizes } from "./partial-sizes.js";
import { planTreeSpace, rewrittenSizes } from "./plan-tree-space.js";
import type { PoolFile } from "./pool-files.js";
import { type MirrorPlan, plannedPaths } from "./prepare-mirror.js";
import { rewrites } from "./rewrites.js";
import type { Run } from "./run.js";

/** Bytes of a public key, about. */
const KEY = 4096;

/**
 * What the planned tree takes of the store, beside what is in it already; about.
 *
 * @param sightings - of the pool files that the present tree lacks: what can be linked takes nothing
 */
export function neededForTree(run: Run, plan: MirrorPlan, sightings: Sightings): Space {
  const { indices, pool } = plan;
  const sizes = new Map<string, number>();
  for (const { variant, source } of indices.flatMap(({ variants }) => variants))
    if (source.origin === "fetched") sizes.set(contentKey(variant.file), source.file.size);
  const trees = statsOf(run.ports.collection.paths.trees);
  for (const { digests, size } of pool.download) {
    const key = contentKey(digests);
    const isLinked = sightings.get(key)?.some((sighting) => canShare(sighting, trees));
    if (!isLinked) sizes.set(key, size);
  }
  return planTreeSpace({
    paths: plannedPaths(plan),
    contents: remaining(run, sizes),
    written: writtenSizes(run, plan),
  });
}

/**
 * What the planned tree still takes of the store once everything is in it that can be linked; about.
 *
 * @param lacking - the files that are to be downloaded, or were copied beside the tree
 */
export function neededForRest(run: Run, plan: MirrorPlan, lacking: readonly PoolFile[]): Space {
  const { reuse, download } = plan.pool;
  const outside = new Set(lacking.map(({ path }) => path));
  const pool = [...reuse.map(({ file }) => file.path), ...download.map(({ path }) => path)];
  const sizes = new Map(lacking.map(({ digests, size }) => [contentKey(digests), size]));
  return planTreeSpace({
    paths: plannedPaths(plan),
    made: pool.filter((path) => !outside.has(path)),
    contents: remaining(run, sizes),
    written: writtenSizes(run, plan),
  });
}

/** Of upstream's Release files, and of what a mirror that signs makes itself. */
function writtenSizes(run: Run, plan: MirrorPlan): number[] {
  const documents = plan.releases.flatMap(({ published }) =>
    published.map(({ bytes }) => bytes.length),
  );
  return run.spec.sign ? [...documents, ...ownSizes(run, plan, documents)] : documents;
}

/** Sizes of what a mirror that signs makes itself, at most: its Release files are like upstream's. */
function ownSizes({ spec }: Run, { releases, indices }: MirrorPlan, documents: readonly number[]) {
  const listed = indices.filter(
    ({ target: { kind } }) => kind === "packages" || kind === "sources",
  );
  const rewritten = rewrites(spec) ? listed.flatMap(rewrittenSizes) : [];
  return [...documents, ...releases.map(() => KEY), ...rewritten];
}

/** Of a directory, or of what is above it and will be its owner's. */
function statsOf(path: string): Stats {
  return statSync(path, { throwIfNoEntry: false }) ?? statsOf(dirname(path));
}

function remaining({ ports }: Run, sizes: ReadonlyMap<string, number>) {
  const here = partialSizes(ports.collection.paths.partial);
  return [...sizes].map(([key, size]) => ({ size, here: here(key) }));
}
