import type { SealedTree } from "@mirror/snapshot";
import { factsOf } from "./facts.js";
import type { HeldIndex } from "./indices.js";
import { directoriesOf } from "./path-conflicts.js";
import { type CarryPlan, planCarry } from "./plan-carry.js";
import { listedPath } from "./plan-indices.js";
import type { PoolPlan } from "./plan-pool.js";
import type { PoolFile } from "./pool-files.js";
import type { SuiteRelease } from "./release.js";
import type { Run } from "./run.js";
import { scopeDigest } from "./scope-digest.js";
import { settingsDigest } from "./settings-digest.js";

/** What is planned of the new tree before anything is carried into it. */
interface PlannedTree {
  readonly releases: readonly SuiteRelease[];
  readonly indices: readonly HeldIndex[];
  readonly pool: PoolPlan;
  readonly files: ReadonlyMap<string, PoolFile>;
  readonly metadata: ReadonlySet<string>;
}

/**
 * Plans what the new tree carries of the present one. Where the settings choose other files than
 * before, nothing is: what an administrator takes out goes at once.
 */
export function planCarryOver(
  run: Run,
  latest: SealedTree | undefined,
  { releases, indices, pool, files, metadata }: PlannedTree,
): CarryPlan {
  const left = pool.free;
  if (!latest || left.length === 0 || !isSameScope(run, latest))
    return { carried: [], freed: left };
  const traces = new Set(factsOf(latest)?.traces);
  const listed = new Set(
    releases.flatMap(({ directory, release }) =>
      [...release.files.keys()].map((path) => directory + listedPath(path)),
    ),
  );
  const directories = directoriesOf(files.keys(), metadata);
  const sizes = [
    ...[...files.values()].map(({ size }) => size),
    ...indices.flatMap(({ variants }) => variants.map(({ variant }) => variant.file.size)),
  ];
  return planCarry(left, {
    now: run.ports.now(),
    has: (path) => files.has(path) || metadata.has(path) || listed.has(path) || traces.has(path),
    isDirectory: (path) => directories.has(path),
    files: files.size + metadata.size,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
  });
}

function isSameScope({ spec }: Run, latest: SealedTree): boolean {
  const facts = factsOf(latest);
  return facts?.scope === undefined
    ? facts?.settings === settingsDigest(spec)
    : facts.scope === scopeDigest(spec);
}
