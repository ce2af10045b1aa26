import type { Space } from "@mirror/snapshot";
import { addSpace } from "./plan-space.js";

/** What a directory takes, and what the size of a file is rounded up to, as on most file systems. */
const BLOCK = 4096;
/** Bytes of a line of a manifest besides the path: digest, size, time, marks. */
const LINE = 160;
/** What the text of an index, its gz and its xz form take, as parts of the text. */
const FORMS = [1, 0.35, 0.25];
/** How much larger than a packed form an index is, where its Release does not say. */
const PACKED = 6;

/** What is to be written for a tree; what it shares with others takes no room. */
export interface PlannedWrites {
  /** Every path of the tree. */
  readonly paths: Iterable<string>;
  /** Those of them that are in the tree already, with the directories above them; default none. */
  readonly made?: Iterable<string>;
  /** Sizes of the contents that the tree needs from elsewhere, and how much of each is here. */
  readonly contents: Iterable<{ readonly size: number; readonly here: number }>;
  /** Sizes of other files that are written. */
  readonly written: readonly number[];
}

/** What a tree takes: downloads, its own files and directories, and its manifest; about. */
export function planTreeSpace({ paths, made = [], contents, written }: PlannedWrites): Space {
  const directories = new Set<string>();
  for (const path of made) addParents(directories, path);
  const there = directories.size;
  let manifest = 0;
  for (const path of paths) {
    manifest += path.length + LINE;
    addParents(directories, path);
  }
  const own = directories.size - there + (there > 0 ? 0 : 1);
  return addSpace(
    planContentSpace(contents),
    { bytes: own * BLOCK, inodes: own },
    ...[...written, manifest].map((size) => ({ bytes: inBlocks(size), inodes: 1 })),
  );
}

function addParents(directories: Set<string>, path: string): void {
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    const directory = path.slice(0, end);
    // Its own parents are there too.
    if (directories.has(directory)) break;
    directories.add(directory);
  }
}

/** What contents take that are not, or not all, here yet. */
export function planContentSpace(contents: PlannedWrites["contents"]): Space {
  let bytes = 0;
  let inodes = 0;
  for (const { size, here } of contents) {
    bytes += Math.max(0, inBlocks(size) - inBlocks(here));
    // One that has begun has its inode.
    if (here === 0) inodes += 1;
  }
  return { bytes, inodes };
}

/** Sizes of the forms of a rewritten index, at most: as if no package were left out. */
export function rewrittenSizes(index: {
  readonly target: { readonly plain: { readonly size: number } | undefined };
  readonly variants: readonly { readonly variant: { readonly file: { readonly size: number } } }[];
}): number[] {
  const largest = Math.max(0, ...index.variants.map(({ variant }) => variant.file.size));
  const text = index.target.plain?.size ?? largest * PACKED;
  return FORMS.map((share) => Math.ceil(text * share));
}

function inBlocks(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}
