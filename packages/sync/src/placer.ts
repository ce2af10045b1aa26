import { join } from "node:path";
import {
  type ManifestFile,
  type SealedTree,
  SnapshotError,
  type TreeBuilder,
} from "@mirror/snapshot";
import { indexMark } from "./carried-mark.js";
import type { HeldContent } from "./contents.js";
import type { Amount } from "./events.js";
import type { HeldVariant } from "./hold-variants.js";

/** Adds up files and bytes. */
export class Tally implements Amount {
  files = 0;
  bytes = 0;

  add({ size }: { readonly size: number }): void {
    this.files += 1;
    this.bytes += size;
  }
}

/** Puts files into an unsealed tree, and counts where they came from. */
export interface Placer {
  readonly downloaded: Tally;
  readonly reused: Tally;
  /** Links a file of the present tree; false if it is not as its manifest says any more. */
  link(file: ManifestFile): boolean;
  /** Links a file of the present tree that was found to be as recorded; throws if it is not. */
  keep(file: ManifestFile): void;
  /** Puts a fetched content into the tree; under its second path it is a link to the first. */
  placeDownload(path: string, file: HeldContent, checked: string | undefined): void;
  /** Puts what was made here into the tree. */
  placeMade(path: string, file: HeldContent, checked: string): void;
  /** Puts a form of an index at a path, wherever it comes from. */
  placeIndex(path: string, held: HeldVariant): void;
}

/** Begins to place files; links go to the tree `latest`. */
export function createPlacer(builder: TreeBuilder, latest: SealedTree | undefined): Placer {
  const downloaded = new Tally();
  const reused = new Tally();
  const placed = new Map<string, string>();
  const adopt = (path: string, { source, ...file }: HeldContent, checked: string | undefined) =>
    builder.adopt(source, { path, ...file, ...marked(checked) });
  const download: Placer["placeDownload"] = (path, file, checked) => {
    const first = placed.get(file.source);
    if (first !== undefined) builder.alias(first, path);
    else {
      adopt(path, file, checked);
      placed.set(file.source, path);
      (file.copied ? reused : downloaded).add(file);
    }
  };
  return {
    downloaded,
    reused,
    link(file) {
      const isLinked = linkIfIntact(builder, latest, file);
      if (isLinked) reused.add(file);
      return isLinked;
    },
    keep(file) {
      if (!latest) throw new TypeError(`${file.path}: there is no tree to link it from`);
      builder.link(join(latest.path, file.path), file);
      reused.add(file);
    },
    placeDownload: download,
    placeMade: adopt,
    placeIndex(path, { source, checked }) {
      const mark = indexMark(checked);
      if (source.origin === "fetched") download(path, source.file, mark);
      else if (latest) {
        builder.link(join(latest.path, source.file.path), { ...source.file, path, checked: mark });
        reused.add(source.file);
      }
    },
  };
}

/** Links a file of a tree into another; false if it is not as its manifest says any more. */
export function linkIfIntact(
  builder: TreeBuilder,
  tree: SealedTree | undefined,
  file: ManifestFile,
): boolean {
  if (!tree) return false;
  try {
    builder.link(join(tree.path, file.path), file);
    return true;
  } catch (error) {
    if (error instanceof SnapshotError && error.code === "ERR_SNAPSHOT_NOT_AS_RECORDED")
      return false;
    throw error;
  }
}

/** The mark of a manifest, where there is one. */
export function marked(checked: string | undefined): { checked?: string } {
  return checked === undefined ? {} : { checked };
}
