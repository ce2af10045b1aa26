import type { ManifestFile, SealedTree } from "@mirror/snapshot";
import { planCarryOver } from "./carry-over.js";
import { checkUnpacked } from "./check-unpacked.js";
import { listImages, withImages } from "./images.js";
import { fetchIndices, type HeldIndex } from "./indices.js";
import { refusePathConflicts } from "./path-conflicts.js";
import { addPatches } from "./pdiffs.js";
import type { CarryPlan } from "./plan-carry.js";
import { planIndices } from "./plan-indices.js";
import { planLacking } from "./plan-lacking.js";
import { type PoolPlan, planPool } from "./plan-pool.js";
import { type FilteredListing, listPoolFiles } from "./pool-files.js";
import { refuseShrunk } from "./refuse-shrunk.js";
import type { SuiteRelease } from "./release.js";
import { refuseSuitesInCopies, resignedPaths } from "./resigned-layout.js";
import { rewrites } from "./rewrites.js";
import type { Run } from "./run.js";
import type { PlacedIndex } from "./select-packages.js";
import type { Admit } from "./store-space.js";
import { refuseTwins } from "./suites.js";
import { readSuspects } from "./suspects.js";
import { type Present, presentFiles } from "./tree-source.js";

/** Everything that the new tree will hold, and where it comes from. */
export interface MirrorPlan {
  readonly releases: readonly SuiteRelease[];
  readonly indices: readonly HeldIndex[];
  /** Frozen suites that lack an index that is wanted. */
  readonly lacking: ReadonlySet<string>;
  readonly pool: PoolPlan;
  /** What becomes of `pool.free`. */
  readonly carry: CarryPlan;
  readonly present: Present;
  /** Contents, by SHA256, whose files are not believed unseen. */
  readonly suspects: ReadonlySet<string>;
  /** Indices of the present tree that are not as recorded. */
  readonly damaged: readonly ManifestFile[];
  /** The indices of packages, as they were read. */
  readonly listings: readonly PlacedIndex[];
  /** Package and source stanzas, by the name of their index. */
  readonly stanzas: ReadonlyMap<string, number>;
  /** Only where there are filters. */
  readonly filtered?: FilteredListing;
}

/**
 * From verified Releases to a plan: fetches the indices into `scratch`, reads what they name, and
 * decides what becomes of every file. Changes nothing in the store; a dry run ends here.
 *
 * @param admit - asked before indices are fetched
 */
export async function prepareMirror(
  run: Run,
  releases: readonly SuiteRelease[],
  latest: SealedTree | undefined,
  scratch: string,
  admit?: Admit,
): Promise<MirrorPlan> {
  refuseTwins(releases);
  if (run.spec.sign) refuseSuitesInCopies(releases);
  const { targets, warnings } = planIndices(run.spec, releases);
  for (const { code, message } of warnings) run.warn(code, message);

  const present = presentFiles(latest);
  const dates = new Map(releases.map(({ suite, release }) => [suite, release.date]));
  const time = (suite: string) => dates.get(suite) ?? run.ports.now();
  const suspects = readSuspects(run.ports.collection);
  const damaged: ManifestFile[] = [];
  const known = { latest, present, suspects, damaged };
  const places = { ...known, directory: scratch, time, ...(admit ? { admit } : {}) };
  const held = await fetchIndices(run, targets, places);
  const fetchedTargets = new Set(held.indices.map(({ target }) => target));
  const lacking = planLacking(run.spec, targets, fetchedTargets);
  const fetched = await addPatches(run, held.indices, places);
  const { indices, images } = await listImages(run, fetched, present);

  const metadata = new Set([
    ...metadataPaths(releases, indices),
    ...(run.spec.sign ? ownPaths(run, releases, indices) : []),
  ]);
  // Programs unpack the other forms while this process reads the first.
  const [faults, { files: packages, ...listing }] = await allOf(
    checkUnpacked(run, held.unread),
    listPoolFiles(run, indices, metadata, present),
  );
  for (const fault of faults.values()) throw fault;
  await refuseShrunk(run, latest, releases, { indices, ...listing });
  const files = withImages(packages, images);
  refusePathConflicts(files, metadata, releases);
  const pool = planPool(files, present, metadata, suspects);
  const carry = planCarryOver(run, latest, { releases, indices, pool, files, metadata });
  return {
    releases,
    indices,
    lacking,
    pool,
    carry,
    present,
    suspects,
    damaged,
    ...listing,
  };
}

/** The paths of the planned tree, but for those that only a mirror that signs has. */
export function plannedPaths({ releases, indices, pool, carry }: MirrorPlan): string[] {
  return [
    ...metadataPaths(releases, indices),
    ...pool.reuse.map(({ file }) => file.path),
    ...pool.download.map(({ path }) => path),
    ...carry.carried.map(({ path }) => path),
  ];
}

/**
 * The directories at the root of the planned tree, sorted.
 *
 * @param more - paths of the tree that are not planned
 */
export function topDirectories(plan: MirrorPlan, more: readonly string[]): string[] {
  const tops = [...more, ...plannedPaths(plan)]
    .filter((path) => path.includes("/"))
    .map((path) => path.split("/", 1)[0] ?? "");
  return [...new Set(tops)].sort();
}

function ownPaths(
  run: Run,
  releases: readonly SuiteRelease[],
  indices: readonly HeldIndex[],
): string[] {
  const suites = new Map(releases.map((release) => [release.suite, release]));
  if (!rewrites(run.spec)) return resignedPaths(suites, [], []);
  const packages = indices.filter(
    ({ target: { kind } }) => kind === "packages" || kind === "sources",
  );
  return resignedPaths(suites, packages, run.ports.packer.compressions);
}

/** Waits for both, also if one fails: nothing goes on behind a run that has ended. */
async function allOf<One, Other>(
  one: Promise<One>,
  other: Promise<Other>,
): Promise<readonly [One, Other]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

/** Every path of upstream's that is no pool file. */
function metadataPaths(
  releases: readonly SuiteRelease[],
  indices: readonly HeldIndex[],
): Set<string> {
  const documents = releases.flatMap(({ directory, published }) =>
    published.map(({ name }) => directory + name),
  );
  const variants = indices.flatMap(({ variants: held }) => held.map(({ variant }) => variant));
  return new Set([...documents, ...variants.flatMap(({ path, byHash }) => [path, ...byHash])]);
}
