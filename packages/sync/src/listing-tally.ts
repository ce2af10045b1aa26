import { createHash } from "node:crypto";

/** Files that an index lists and that its tree leaves out on purpose. */
export interface LeftOut {
  readonly files: number;
  /** SHA256 of their paths as written, in the order of the index, each with a line feed. */
  readonly sha256: string;
}

/** What an index lists, and how much of it its tree holds. */
export interface ListingCount {
  /** Stanzas that count. */
  readonly listed: number;
  /** Those of which the tree holds every file. */
  readonly held: number;
  /** Absent where nothing is left out. */
  readonly leftOut?: LeftOut;
}

/** Counts the files of an index, in its order. */
export interface ListingTally {
  /**
   * @param path - as written
   * @param counts - 1 for the first file of a stanza, else 0
   * @param isHeld - false for a file that is left out
   */
  add(path: string, counts: 0 | 1, isHeld: boolean): void;
  count(): ListingCount;
}

/**
 * Begins to count. The digest says which files are left out without naming them: a tree that lacks
 * others than those it was made without is damaged.
 */
export function createListingTally(): ListingTally {
  const hash = createHash("sha256");
  let files = 0;
  let listed = 0;
  let held = 0;
  let isWhole = false;
  return {
    add(path, counts, isHeld) {
      if (counts === 1) {
        listed += 1;
        held += 1;
        isWhole = true;
      }
      if (isHeld) return;
      files += 1;
      hash.update(`${path}\n`);
      if (isWhole) held -= 1;
      isWhole = false;
    },
    count: () => ({
      listed,
      held,
      ...(files === 0 ? {} : { leftOut: { files, sha256: hash.copy().digest("hex") } }),
    }),
  };
}
