import type { TreeBuilder } from "@mirror/snapshot";
import { contentKey, type JoinedContents, joinContents } from "./contents.js";
import { linkContents } from "./link-contents.js";
import { locateContents, type Sightings } from "./locate-contents.js";
import type { PoolFile } from "./pool-files.js";
import type { MirrorPlan } from "./prepare-mirror.js";
import type { Run } from "./run.js";
import { without } from "./without.js";

/** What became of pool files that the present tree lacks. */
export interface ReusedContents {
  /** Sizes of the contents that the new tree has by a link now. */
  readonly linked: readonly number[];
  /** The files that it still lacks. */
  readonly wanted: readonly PoolFile[];
  /** Their contents, and where these were seen on this machine. */
  readonly found: { readonly contents: JoinedContents; readonly sightings: Sightings };
}

/**
 * Links those of the pool files that the present tree lacks, and that were sighted on this machine,
 * which can be; looks for those that turned out to be damaged.
 *
 * @param sightings - of those that are absent
 */
export async function reuseContents(
  run: Run,
  plan: Pick<MirrorPlan, "releases" | "suspects">,
  { absent, damaged }: Record<"absent" | "damaged", readonly PoolFile[]>,
  builder: TreeBuilder,
  { scratch, sightings: known }: { readonly scratch: string; readonly sightings: Sightings },
): Promise<ReusedContents> {
  const lacking = [...absent, ...damaged];
  const contents = poolContents(run, plan, lacking);
  const others = await locateContents(run, poolContents(run, plan, damaged));
  const sightings = new Map([...known, ...others]);
  const files = new Map<string, PoolFile[]>();
  for (const file of lacking) {
    const key = keyOf(file);
    if (!sightings.has(key)) continue;
    const same = files.get(key);
    if (same) same.push(file);
    else files.set(key, [file]);
  }
  const sighted = {
    contents,
    sightings,
    files,
    damaged: new Set([...damaged.map(keyOf), ...plan.suspects]),
  };
  const linked = await linkContents(run, builder, sighted, scratch);
  return {
    linked: [...linked.values()],
    wanted: lacking.filter((file) => !linked.has(keyOf(file))),
    found: { contents: without(contents, linked), sightings },
  };
}

function keyOf({ digests }: PoolFile): string {
  return contentKey(digests);
}

/** The contents of pool files, and where upstream serves them. */
export function poolContents(
  run: Run,
  { releases }: Pick<MirrorPlan, "releases">,
  files: readonly PoolFile[],
): JoinedContents {
  const dates = new Map(releases.map(({ suite, release }) => [suite, release.date]));
  return joinContents(
    files.map(({ path, size, digests, suite }) => ({
      path,
      size,
      digests,
      fallbackTime: dates.get(suite) ?? run.ports.now(),
    })),
  );
}
