import type { MendedFile } from "@mirror/snapshot";

/** What came of a repair, or what would. */
export interface RepairReport {
  /** One for each damaged content, ordered by path. */
  readonly contents: readonly RepairedContent[];
  /**
   * Trees whose manifests cannot be read, and directories of trees, by their paths, that cannot: what
   * is damaged there is not known.
   */
  readonly unread: readonly TreeName[];
}

/** A tree by the collection that it belongs to and its generation, or the name of a snapshot. */
export interface TreeName {
  readonly id: string;
  readonly tree: string;
}

/** A content that some file of a tree has not, although its manifest says so. */
export interface RepairedContent {
  /** What people know it by: a path in one of the trees. */
  readonly path: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** Where its bytes came from, or would come from; absent where they were not to be had. */
  readonly from?: RepairSource;
  /** Why they were not to be had. */
  readonly error?: Error;
  readonly names: readonly RepairedName[];
}

/** Where the bytes of a content are to be had. */
export type RepairSource =
  | ({ readonly kind: "tree"; readonly path: string } & TreeName)
  /** The paths at which upstream is asked. */
  | { readonly kind: "upstream"; readonly paths: readonly string[] };

/** One place where a content is damaged. */
export interface RepairedName extends TreeName {
  readonly path: string;
  /** What was wrong there, in a few words. */
  readonly fault: string;
  /** `planned`: a dry run; `left`: it is damaged still. */
  readonly outcome: "mended" | "planned" | "left";
  readonly by?: MendedFile["by"];
  /** Absolute: where a directory lies now that was in the place of the file. */
  readonly aside?: string;
  /** Why it was left, where the content was to be had. */
  readonly error?: Error;
}
