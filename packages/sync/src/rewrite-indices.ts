import type { ManifestFile, SealedTree } from "@mirror/snapshot";
import { indexMark, unmarkCarried } from "./carried-mark.js";
import type { HeldContent } from "./contents.js";
import { distinctTime } from "./distinct-time.js";
import { indicesOf, suiteFactsOf } from "./facts.js";
import { inLanes } from "./lanes.js";
import type { Placer } from "./placer.js";
import type { MirrorPlan } from "./prepare-mirror.js";
import { type HoldsFile, packIndex, type RewrittenIndex, rewriteIndex } from "./rewrite-index.js";
import type { Run } from "./run.js";
import type { PlacedIndex } from "./select-packages.js";
import { isAsRecorded } from "./tree-source.js";

/** Compressing takes a core each. */
const LANES = 2;

/** A compressed form of a rewritten index: in the present tree already, or made just now. */
export interface RewrittenForm {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  /** Puts it into the tree. */
  place(placer: Placer): void;
}

/** A rewritten index with its forms. */
export interface RewrittenForms {
  readonly index: PlacedIndex;
  readonly text: RewrittenIndex;
  readonly forms: readonly RewrittenForm[];
}

/**
 * Rewrites all indices of packages so that they list only what the tree holds.
 *
 * @param holds - whether the tree has this very file at that path
 * @returns by the name of the index
 */
export async function rewriteIndices(
  run: Run,
  { listings, present }: MirrorPlan,
  latest: SealedTree | undefined,
  holds: HoldsFile,
  scratch: string,
): Promise<Map<string, RewrittenForms>> {
  const all = new Map<string, RewrittenForms>();
  // apt looks for the uncompressed form in a Release, also where it fetches another one.
  const compressions = ["", ...run.ports.packer.compressions];
  await inLanes(listings, LANES, async (index) => {
    run.signal?.throwIfAborted();
    const { name, listing } = index;
    const text = await rewriteIndex(run, index, holds, scratch);
    const before = textOf(latest, listing.suite, name);
    const forms: RewrittenForm[] = [];
    for (const compression of compressions) {
      const path = compression === "" ? name : `${name}.${compression}`;
      const here = before === text.sha256 ? present.get(path) : undefined;
      if (here && latest && isAsRecorded(latest, here)) forms.push(linkedForm(here));
      else {
        const packed = await packIndex(run, text, compression);
        const mtime = distinctTime(present, { path, sha256: packed.sha256 }, run.ports.now());
        forms.push(madeForm(path, { ...packed, mtime }));
      }
    }
    all.set(name, { index, text, forms });
  });
  return all;
}

/** The digest of the text that the present tree's form of an index was made of. */
function textOf(latest: SealedTree | undefined, suite: string, name: string): string | undefined {
  const facts = suiteFactsOf(latest, suite);
  const indices = facts && indicesOf(facts);
  return indices?.find((index) => index.name === name)?.rewritten?.sha256;
}

function linkedForm(file: ManifestFile): RewrittenForm {
  const { path, size, sha256 } = file;
  return {
    path,
    size,
    sha256,
    place: (placer) => placer.keep(unmarkCarried(file)),
  };
}

function madeForm(path: string, content: HeldContent): RewrittenForm {
  const { size, sha256 } = content;
  return {
    path,
    size,
    sha256,
    place: (placer) => placer.placeMade(path, content, indexMark(undefined)),
  };
}
