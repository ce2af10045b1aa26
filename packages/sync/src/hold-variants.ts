import { join } from "node:path";
import type { ReleaseFile } from "@mirror/deb822";
import type { ManifestFile, SealedTree, Space } from "@mirror/snapshot";
import { contentKey, joinContents, type WantedContent } from "./contents.js";
import { isFrozen } from "./frozen.js";
import { frozenDamaged } from "./frozen-suite.js";
import { checkedMark, listedDigests, wasChecked } from "./listed-digests.js";
import { locateContents } from "./locate-contents.js";
import { obtainContents } from "./obtain-contents.js";
import { partialSizes } from "./partial-sizes.js";
import type { IndexTarget, IndexVariant } from "./plan-indices.js";
import { planContentSpace } from "./plan-tree-space.js";
import { repositoryPath } from "./repository-path.js";
import { originalPath } from "./resigned-layout.js";
import type { Run } from "./run.js";
import type { Admit } from "./store-space.js";
import { suiteDirectory } from "./suite-path.js";
import { hasDigests, isAsRecorded, type Present, type TreeSource } from "./tree-source.js";
import { type PackedIndex, UNLISTED_LIMIT } from "./unpack-index.js";

/** One form of an index on disk, with the size and digests that are listed of it. */
export interface HeldVariant {
  readonly variant: IndexVariant;
  readonly source: TreeSource;
  /** Where its bytes can be read now. */
  readonly file: string;
  /** What it was checked against besides its SHA256, for the manifest. */
  readonly checked: string | undefined;
}

/** Where indices come from and go to. */
export interface IndexPlaces {
  readonly latest: SealedTree | undefined;
  readonly present: Present;
  /** Contents, by SHA256, whose files are not believed unseen. */
  readonly suspects: ReadonlySet<string>;
  /** Gets what is found to be damaged in the present tree. */
  readonly damaged: ManifestFile[];
  /** Where fetched files are put, named by their digest. */
  readonly directory: string;
  /** Last-Modified for what comes without one. */
  time(suite: string): Date;
  /** Asked before anything is fetched. */
  readonly admit?: Admit;
}

/** What came of variants; one that is neither held nor failed is absent upstream. */
export interface HeldVariants {
  readonly held: ReadonlyMap<IndexVariant, HeldVariant>;
  /** Why others could not be had: the network, or content that is not as listed. */
  readonly failed: ReadonlyMap<IndexVariant, Error>;
  /** Those absent upstream that it did not call absent, but forbidden. */
  readonly refused: ReadonlyMap<IndexVariant, Error>;
  /** Those that the present tree did not have. */
  readonly asked: readonly IndexVariant[];
  /** Those of `held` whose unpacked form is still to be compared with the Release. */
  readonly unchecked: readonly UncheckedForm[];
}

/** A packed form of an index of which it is not known yet what it unpacks to. */
export interface UncheckedForm {
  readonly target: IndexTarget;
  readonly held: HeldVariant;
}

/**
 * Gets every variant of every target that upstream serves: from the present tree where it holds the
 * same content, else by-hash first. What is damaged of a frozen suite, for which upstream is not
 * asked, has failed.
 */
export async function holdVariants(
  run: Run,
  targets: readonly IndexTarget[],
  places: IndexPlaces,
): Promise<HeldVariants> {
  const held = new Map<IndexVariant, HeldVariant>();
  const failed = new Map<IndexVariant, Error>();
  const refused = new Map<IndexVariant, Error>();
  const missing: { target: IndexTarget; variant: IndexVariant; content: WantedContent }[] = [];
  const unchecked: UncheckedForm[] = [];
  for (const target of targets) {
    for (const variant of target.variants) {
      repositoryPath(variant.file.path, target.suite);
      const here = await heldByTree(run, target, variant, places);
      if (here === "damaged" && isFrozen(run.spec, target.suite))
        failed.set(variant, frozenDamaged(target.suite, variant.path));
      else if (here && here !== "damaged") {
        if (here.unchecked) unchecked.push({ target, held: here.held });
        held.set(variant, here.held);
      } else if (!isFrozen(run.spec, target.suite)) {
        const content = wantedVariant(variant, places.time(target.suite));
        missing.push({ target, variant, content });
      }
    }
  }

  const contents = joinContents(missing.map(({ content }) => content));
  const sightings = await locateContents(run, contents);
  await places.admit?.(planIndexSpace(missing, partialSizes(places.directory)));
  const found = { contents, sightings };
  const fetched = await obtainContents(run, "indices", found, places.directory);
  for (const { target, variant } of missing) {
    const result = fetched.get(contentKey(variant.file));
    if (result?.status === "failed") failed.set(variant, result.error);
    if (result?.status === "missing" && result.refusal) refused.set(variant, result.refusal);
    if (result?.status !== "held") continue;
    const source: TreeSource = { origin: "fetched", file: result.file };
    const checked = checkedMark(variant.file, unpackedForm(run, target, variant));
    const one = { variant, source, file: result.file.source, checked };
    unchecked.push({ target, held: one });
    held.set(variant, one);
  }
  return { held, failed, refused, asked: missing.map(({ variant }) => variant), unchecked };
}

/**
 * What indices take that are to be fetched: of those that are packed not the plain form, which most
 * servers list and do not have.
 */
function planIndexSpace(
  missing: readonly { readonly target: IndexTarget; readonly variant: IndexVariant }[],
  here: (key: string) => number,
): Space {
  const isLikely = ({ target, variant }: (typeof missing)[number]) =>
    variant.compression !== "" || target.variants.length === 1;
  const likely = missing.filter(isLikely).map(({ variant }) => variant.file);
  const sizes = new Map(likely.map((file) => [contentKey(file), file.size]));
  return planContentSpace([...sizes].map(([key, size]) => ({ size, here: here(key) })));
}

/** A held form as what is unpacked: to what the Release lists, and to no more. */
export function packedIndex(
  { suite, plain }: IndexTarget,
  { variant, file }: HeldVariant,
): PackedIndex {
  const { path, compression } = variant;
  const limit = plain?.size ?? UNLISTED_LIMIT;
  const unpacked = compression === "" ? undefined : plain;
  return { suite, path, file, compression, limit, ...(unpacked ? { unpacked } : {}) };
}

async function heldByTree(
  run: Run,
  target: IndexTarget,
  variant: IndexVariant,
  { latest, present, suspects, damaged }: IndexPlaces,
): Promise<{ held: HeldVariant; unchecked: boolean } | "damaged" | undefined> {
  const { size, sha256 } = variant.file;
  const places = [variant.path, originalPath(suiteDirectory(target.suite), sha256 ?? "")];
  const same = (file: ManifestFile | undefined) =>
    file?.size === size && file.sha256 === (sha256 ?? file.sha256);
  const file = places.map((path) => present.get(path)).find(same);
  if (!latest || !file) return undefined;
  if (!isAsRecorded(latest, file)) {
    damaged.push(file);
    return "damaged";
  }
  const checked = checkedMark(variant.file, unpackedForm(run, target, variant));
  const source: TreeSource = { origin: "latest", file };
  const held = { variant, source, file: join(latest.path, file.path), checked };
  const isSound = variant.file.sha256 !== undefined && !suspects.has(file.sha256);
  if (isSound && wasChecked(file.checked, checked)) return { held, unchecked: false };
  if (await hasDigests(latest, file, variant.file)) return { held, unchecked: true };
  damaged.push(file);
  return "damaged";
}

/** What a packed form is to unpack to, where that is listed and can be looked at here. */
function unpackedForm(
  run: Run,
  { plain }: IndexTarget,
  { compression }: IndexVariant,
): ReleaseFile | undefined {
  const looks = compression !== "" && run.ports.unpacker.reads(compression);
  return looks ? plain : undefined;
}

function wantedVariant(variant: IndexVariant, fallbackTime: Date): WantedContent {
  const { path, file, byHash } = variant;
  // The strongest hash alone: what one list of by-hash lacks, the others lack too.
  const names = [...byHash.slice(0, 1), path];
  return {
    path,
    byHash,
    size: file.size,
    digests: listedDigests(file),
    names,
    fallbackTime,
  };
}
