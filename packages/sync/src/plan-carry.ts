import type { ManifestFile } from "@mirror/snapshot";
import { type CarriedSince, carriedSince, isMarkedIndex, markCarried } from "./carried-mark.js";
import { isMetadataName } from "./metadata-name.js";

/** How long a file that left upstream is carried, in ms, and by how many trees at least. */
const CARRY_FOR = 3 * 24 * 60 * 60 * 1000;
const CARRY_TREES = 2;

/** So much is carried whatever the size of the tree; beyond, as much as the tree itself holds. */
const ALWAYS_FILES = 10_000;
const ALWAYS_BYTES = 1 << 30;

/** What becomes of the files of the present tree that upstream lists no longer. */
export interface CarryPlan {
  /** Linked into the new tree once more, each with the mark that its manifest gets. */
  readonly carried: readonly ManifestFile[];
  readonly freed: readonly ManifestFile[];
}

/** The new tree as {@link planCarry} has to know it. */
export interface CarryInto {
  readonly now: Date;
  /** Whether a path is taken, or listed by upstream with whatever content. */
  has(path: string): boolean;
  /** Whether files of the new tree lie below a path. */
  isDirectory(path: string): boolean;
  /** What the new tree holds without anything carried. */
  readonly files: number;
  readonly bytes: number;
}

/**
 * Chooses which files that left upstream the new tree carries, for clients that read the indices of
 * before: by-hash files, and files of packages. Indices under their own names and Release files never
 * are, as a tree is of one generation.
 *
 * @param left - files of the present tree that the new one does not hold otherwise
 */
export function planCarry(left: readonly ManifestFile[], into: CarryInto): CarryPlan {
  const now = into.now.getTime();
  const due: ManifestFile[] = [];
  for (const file of left) {
    if (isCarriable(file) && !isInTheWay(file.path, into)) {
      const before = carriedSince(file);
      // A clock that was ahead must not keep a file for ever.
      const since = { left: Math.min(before?.left ?? now, now), trees: (before?.trees ?? 0) + 1 };
      const stays = now - since.left < CARRY_FOR || since.trees <= CARRY_TREES;
      if (stays) due.push(markCarried(file, since));
    }
  }
  const carried = withinBounds(due, into);
  const paths = new Set(carried.map(({ path }) => path));
  return { carried, freed: left.filter(({ path }) => !paths.has(path)) };
}

/**
 * When a file that left upstream may go, at the earliest: the first tree made after that is without
 * it, where two have carried it before.
 */
export function carriedUntil({ left }: CarriedSince): Date {
  return new Date(left + CARRY_FOR);
}

function isCarriable(file: ManifestFile): boolean {
  if (isByHash(file.path)) return true;
  return !isMarkedIndex(file) && !isMetadataName(file.path);
}

function isByHash(path: string): boolean {
  return /(?:^|\/)by-hash\/[^/]+\/[^/]+$/.test(path);
}

/** A path that the new tree needs, as a file or as a directory, is upstream's. */
function isInTheWay(path: string, into: CarryInto): boolean {
  if (into.has(path) || into.isDirectory(path)) return true;
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1))
    if (into.has(path.slice(0, at))) return true;
  return false;
}

/** What left last is asked for most, and of that the indices first. */
function withinBounds(due: readonly ManifestFile[], { files, bytes }: CarryInto): ManifestFile[] {
  const most = { files: Math.max(files, ALWAYS_FILES), bytes: Math.max(bytes, ALWAYS_BYTES) };
  const inOrder = due
    .map((file) => ({ file, left: carriedSince(file)?.left ?? 0, index: isByHash(file.path) }))
    .sort(
      (a, b) =>
        b.left - a.left ||
        Number(b.index) - Number(a.index) ||
        (a.file.path < b.file.path ? -1 : 1),
    );
  const contents = new Set<string>();
  const carried: ManifestFile[] = [];
  let held = 0;
  for (const { file } of inOrder) {
    if (carried.length === most.files) break;
    const size = contents.has(file.sha256) ? 0 : file.size;
    if (held + size > most.bytes) continue;
    held += size;
    contents.add(file.sha256);
    carried.push(file);
  }
  return carried;
}
