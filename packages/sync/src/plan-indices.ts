import type { Release, ReleaseFile } from "@mirror/deb822";
import { SyncError } from "./error.js";
import { flatIndices, type IndexKind, suiteIndices, type WantedIndex } from "./index-kinds.js";
import type { SyncWarning } from "./report.js";
import type { MirrorSpec } from "./spec.js";
import { compareOffers, type FlatOffer, suiteOffer } from "./suite-offer.js";
import { isFlat } from "./suite-path.js";

/** One index of one suite, in all the forms that its Release lists. */
export interface IndexTarget {
  readonly suite: string;
  readonly kind: IndexKind;
  /** Path below the repository's base without compression ending, for messages. */
  readonly name: string;
  /** A mirror without it is incomplete. */
  readonly required: boolean;
  /** The listing of the uncompressed form, whether upstream serves it or not. */
  readonly plain: ReleaseFile | undefined;
  readonly variants: readonly IndexVariant[];
}

/** One form of an index. */
export interface IndexVariant {
  /** Path below the repository's base, which is also its path in the tree. */
  readonly path: string;
  /** `gz`, `xz`, ..., or empty for the uncompressed form. */
  readonly compression: string;
  readonly file: ReleaseFile;
  /** Paths under `by-hash/` for every hash that the Release lists, strongest first; empty without by-hash. */
  readonly byHash: readonly string[];
}

/** A suite with its parsed Release. */
export interface SuiteListing {
  readonly suite: string;
  /** Below the repository's base; ends in `/` or is empty. */
  readonly directory: string;
  readonly release: Release;
}

/** The indices to mirror, and what the suites do not offer. */
export interface IndexPlan {
  readonly targets: readonly IndexTarget[];
  readonly warnings: readonly SyncWarning[];
}

type IndexSpec = Pick<
  MirrorSpec,
  "components" | "architectures" | "sources" | "indices" | "byHash"
>;

const COMPRESSIONS = ["xz", "gz", "bz2", "zst", "lzma", "lz4"];

/**
 * Chooses from each suite's Release the indices that the mirror needs. Paths come from the hash
 * lists alone, never from `Components`.
 *
 * @throws SyncError ERR_SYNC_UNKNOWN_COMPONENT or ERR_SYNC_UNKNOWN_ARCHITECTURE when no suite
 * offers one; ERR_SYNC_WEAK_HASH when an index is listed with neither SHA256 nor SHA512;
 * ERR_SYNC_MISSING_INDEX when a flat suite lists no Packages, or no suite the Sources wanted
 */
export function planIndices(spec: IndexSpec, suites: readonly SuiteListing[]): IndexPlan {
  const offers = new Map(
    suites
      .filter(({ suite }) => !isFlat(suite))
      .map(({ suite, release }) => [suite, suiteOffer(suite, release)]),
  );
  const flat = suites.filter(({ suite }) => isFlat(suite)).map(flatOffer);
  const warnings = compareOffers(spec, [...offers.values()], flat);
  const targets = suites.flatMap((listing) => {
    const offer = offers.get(listing.suite);
    if (offer) return collect(listing, suiteIndices(spec, offer), spec.byHash);
    const found = collect(listing, flatIndices(spec), spec.byHash);
    if (!found.some(({ kind }) => kind === "packages")) throw noPackages(listing);
    return found;
  });
  return { targets, warnings };
}

function flatOffer({ suite, release }: SuiteListing): FlatOffer {
  const names = [...release.files.keys()].map((path) => splitCompression(listedPath(path)).name);
  return { suite, hasSources: names.includes("Sources") };
}

function collect(
  { suite, directory, release }: SuiteListing,
  wanted: readonly WantedIndex[],
  byHash: MirrorSpec["byHash"],
): IndexTarget[] {
  const hashed = byHash === "yes" || (byHash === "auto" && release.acquireByHash);
  const targets = new Map<string, { index: WantedIndex; variants: IndexVariant[] }>();
  for (const file of release.files.values()) {
    const listed = listedPath(file.path);
    const { name, compression } = splitCompression(listed);
    const index = wanted.find((candidate) => candidate.matches(name));
    if (!index) continue;
    if (!file.sha256 && !file.sha512) throw weakHash(suite, file);
    const path = directory + listed;
    const known = targets.get(name) ?? { index, variants: [] };
    // `./a` and `a` are one path; the first listing counts, and the file must fit it.
    if (known.variants.some((variant) => variant.path === path)) continue;
    known.variants.push({ path, compression, file, byHash: hashed ? byHashPaths(path, file) : [] });
    targets.set(name, known);
  }
  return [...targets].map(([name, { index, variants }]) => ({
    suite,
    kind: index.kind,
    name: directory + name,
    required: index.required,
    plain: variants.find(({ compression }) => compression === "")?.file,
    variants,
  }));
}

/** A path of a Release as it is below the suite's directory: flat repositories write `./Packages`. */
export function listedPath(path: string): string {
  return path
    .split("/")
    .filter((segment) => segment !== "" && segment !== ".")
    .join("/");
}

/** The name of an index without its compression ending, and that ending. */
export function splitCompression(path: string): { name: string; compression: string } {
  const dot = path.lastIndexOf(".");
  const ending = path.slice(dot + 1);
  return dot > 0 && COMPRESSIONS.includes(ending)
    ? { name: path.slice(0, dot), compression: ending }
    : { name: path, compression: "" };
}

/** `<directory>/by-hash/<list>/<digest>` for every list of the Release, strongest first. */
export function byHashPaths(path: string, file: ReleaseFile): string[] {
  const directory = path.slice(0, path.lastIndexOf("/") + 1);
  const lists: [string, string | undefined][] = [
    ["SHA512", file.sha512],
    ["SHA256", file.sha256],
    ["SHA1", file.sha1],
    ["MD5Sum", file.md5],
  ];
  return lists.flatMap(([list, digest]) =>
    digest === undefined ? [] : [`${directory}by-hash/${list}/${digest}`],
  );
}

function weakHash(suite: string, file: ReleaseFile): SyncError {
  return new SyncError(
    "ERR_SYNC_WEAK_HASH",
    `${suite}: ${file.path} is listed with neither SHA256 nor SHA512`,
    { suite, path: file.path },
  );
}

function noPackages({ suite }: SuiteListing): SyncError {
  const message = `${suite}: the Release lists no Packages`;
  return new SyncError("ERR_SYNC_MISSING_INDEX", message, { suite });
}
