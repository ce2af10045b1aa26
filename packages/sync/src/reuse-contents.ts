import { encodePath } from "@mirror/fetch";
import type { TreeBuilder } from "@mirror/snapshot";
import { contentKey, type JoinedContents, joinContents } from "./contents.js";
import { linkContents } from "./link-contents.js";
import { locateContents, type Sightings } from "./locate-contents.js";
import type { PoolFile } from "./pool-files.js";
import type { MirrorPlan } from "./prepare-mirror.js";
import type { Run } from "./run.js";

/** What became of pool files that the present tree lacks. */
export interface ReusedContents {
  /** Sizes of the contents that the new tree has by a link now. */
  readonly linked: readonly number[];
  /** The files that it still lacks. */
  readonly wanted: readonly PoolFile[];
  /** Their contents, and where these were seen on this machine. */
  readonly found: { readonly contents: JoinedContents; readonly sightings: Sightings };
}

/** Looks for pool files that the present tree lacks on this machine, and links those that can be. */
export async function reuseContents(
  run: Run,
  plan: Pick<MirrorPlan, "releases">,
  lacking: readonly PoolFile[],
  builder: TreeBuilder,
  scratch: string,
): Promise<ReusedContents> {
  const contents = poolContents(run, plan, lacking);
  const sightings = await locateContents(run, contents);
  const files = new Map<string, PoolFile[]>();
  for (const file of lacking) {
    const key = contentKey(file.digests);
    if (!sightings.has(key)) continue;
    const same = files.get(key);
    if (same) same.push(file);
    else files.set(key, [file]);
  }
  const linked = await linkContents(run, builder, { contents, sightings, files }, scratch);
  const rest = new Map([...contents].filter(([key]) => !linked.has(key)));
  return {
    linked: [...linked.values()],
    wanted: lacking.filter(({ digests }) => !linked.has(contentKey(digests))),
    found: { contents: rest, sightings },
  };
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
      urls: run.spec.urls.map((base) => base + encodePath(path)),
      fallbackTime: dates.get(suite) ?? run.ports.now(),
    })),
  );
}
