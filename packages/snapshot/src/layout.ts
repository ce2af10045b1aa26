import { randomBytes } from "node:crypto";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { SnapshotError } from "./error.js";
import { printable } from "./printable.js";

/** Where the parts of a store lie. Absolute paths; this file is the only one that spells them. */
export interface StoreLayout {
  /** What a web server serves: one directory of pointers per collection. */
  readonly dir: string;
  /** The hidden directory that holds all the rest. */
  readonly home: string;
  readonly trees: string;
  readonly state: string;
  readonly partial: string;
  readonly locks: string;
  /** One directory of named snapshots per collection, unless a collection has its own. */
  readonly snapshots: string;
  /** Absolute paths of pointers outside the public directories, of any collection. */
  readonly pointers: readonly string[];
}

/** Where the parts of one collection lie. Absolute paths. */
export interface CollectionPaths {
  /** The public directory: pointers, their `.previous` and top-level links. */
  readonly pointers: string;
  /** One directory per generation, its manifest beside it. */
  readonly trees: string;
  /** Small JSON files. */
  readonly state: string;
  /** Unfinished downloads; the caller's own, never swept here. */
  readonly partial: string;
  readonly locks: string;
  /** One directory per named snapshot, its manifest and marks beside it. */
  readonly snapshots: string;
}

/** Where one tree and the files beside it lie. Absolute paths. */
export interface TreePaths {
  readonly directory: string;
  readonly generation: string;
  readonly tree: string;
  /** Exists exactly while the tree is sealed. */
  readonly manifest: string;
  /** Exists while the tree is being made or taken away: the mark that it is ours and not sealed. */
  readonly unsealed: string;
}

/** Where one named snapshot and the files beside it lie. Absolute paths. */
export interface SnapshotPaths extends TreePaths {
  /** The tree while it is being made or taken away: by its own name it is there whole, or not. */
  readonly hidden: string;
  /** Exists while a complete new snapshot takes the place of this one: the manifest of the old. */
  readonly replaced: string;
  /** The tree of the old one meanwhile. */
  readonly replacedTree: string;
  readonly marks: Readonly<Record<MarkKind, string>>;
}

/** What a snapshot can be marked as. */
export type MarkKind = "protected" | "rejected";

const HOME = ".mirrorctl";

/** Whether a directory of this name is the hidden part of a store, this or another. */
export function isHomeName(name: string): boolean {
  return name === HOME;
}

export function storeLayout(
  dir: string,
  snapshots?: string,
  pointers: readonly string[] = [],
): StoreLayout {
  const root = resolve(dir);
  const home = join(root, HOME);
  for (const path of [...(snapshots === undefined ? [] : [snapshots]), ...pointers])
    if (!isAbsolute(path)) throw new TypeError(`${path}: not an absolute path`);
  return {
    dir: root,
    home,
    trees: join(home, "trees"),
    state: join(home, "state"),
    partial: join(home, "partial"),
    locks: join(home, "locks"),
    snapshots: resolve(snapshots ?? join(home, "snapshots")),
    pointers: pointers.map((path) => resolve(path)),
  };
}

/** `snapshots` is the directory for those of every collection. */
export function collectionPaths(
  layout: StoreLayout,
  id: string,
  snapshots = layout.snapshots,
): CollectionPaths {
  if (!isAbsolute(snapshots)) throw new TypeError(`${snapshots}: not an absolute path`);
  return {
    pointers: join(layout.dir, id),
    trees: join(layout.trees, id),
    state: join(layout.state, id),
    partial: join(layout.partial, id),
    locks: join(layout.locks, id),
    snapshots: join(resolve(snapshots), id),
  };
}

/**
 * Names beside a public directory that takes the place of another tool's symlink: that of the
 * directory before, and, where the two cannot be exchanged in one step, that of the symlink after.
 */
export function replacementPaths({ pointers }: CollectionPaths): {
  readonly directory: string;
  readonly link: string;
} {
  const [parent, id] = [dirname(pointers), basename(pointers)];
  return {
    directory: join(parent, `.mirrorctl-new-${id}`),
    link: join(parent, `.mirrorctl-replaced-${id}`),
  };
}

export function treePaths(directory: string, generation: string): TreePaths {
  return {
    directory,
    generation,
    tree: join(directory, generation),
    manifest: join(directory, `.${generation}.manifest`),
    unsealed: join(directory, `.${generation}.unsealed`),
  };
}

export function snapshotPaths(directory: string, name: string): SnapshotPaths {
  return {
    ...treePaths(directory, name),
    hidden: join(directory, `.${name}.part`),
    replaced: join(directory, `.${name}.replaced`),
    replacedTree: join(directory, `.${name}.old`),
    marks: {
      protected: join(directory, `.${name}.protected`),
      rejected: join(directory, `.${name}.rejected`),
    },
  };
}

/** What a dot-name in a directory of snapshots is; undefined for names that we never give. */
export function snapshotEntry(
  name: string,
): { kind: "manifest" | "unsealed" | "replaced" | MarkKind; name: string } | undefined {
  const match = /^\.(.+)\.(manifest|unsealed|replaced|protected|rejected)$/.exec(name);
  if (match?.[1] === undefined || !NAME.test(match[1])) return undefined;
  return { kind: match[2] as "manifest", name: match[1] };
}

/** Where a tree lies that is not in one of the known directories: by its path alone. */
export function treePathsAt(path: string): TreePaths {
  return treePaths(dirname(path), basename(path));
}

/** Whether a path is one of a generation in any store, this or another. */
export function isGenerationPath(path: string): boolean {
  return /\/\.mirrorctl\/trees\/[^/]+\/[^/]+$/.test(path);
}

/** What an entry of a directory of trees is by its name; undefined for names that we never give. */
export function treeEntry(
  name: string,
): { kind: "tree" | "manifest" | "unsealed"; generation: string } | undefined {
  if (NAME.test(name)) return { kind: "tree", generation: name };
  const match = /^\.(.+)\.(manifest|unsealed)$/.exec(name);
  if (match?.[1] === undefined || !NAME.test(match[1])) return undefined;
  return { kind: match[2] === "manifest" ? "manifest" : "unsealed", generation: match[1] };
}

/** The name beside a pointer that keeps showing what the pointer showed before. */
export function previousName(pointer: string): string {
  return `.${pointer}.previous`;
}

/** Which store a directory of snapshots belongs to, where that lies elsewhere. */
export function ownerPath(snapshots: string): string {
  return join(snapshots, ".store");
}

/** The id of a store, which moves with it. */
export function storeIdPath(layout: StoreLayout): string {
  return join(layout.home, "store-id");
}

export function statePath(directory: string, name: string): string {
  return join(directory, `${name}.json`);
}

/** The public name of the directory of snapshots, never one of a pointer or of a top-level link. */
export const SNAPSHOTS_LINK = "snapshots";

/** The history in a directory of state. */
export function historyPath(state: string): string {
  return join(state, "history.jsonl");
}

/** In a directory of state, what is kept of snapshots that were removed. */
export function keptDirectory(state: string): string {
  return join(state, "deleted");
}

/** Where the manifest of a removed snapshot is kept, or a file of this SHA-256. */
export function keptPath(kept: string, content: "manifest" | { sha256: string }): string {
  return join(kept, content === "manifest" ? "manifest.gz" : `${content.sha256}.gz`);
}

/** Our own record in a directory of state: a caller's names never begin with a dot. */
export const SUPERSEDED = ".superseded";

export function lockPath(directory: string, kind: "sync" | "store"): string {
  return join(directory, `${kind}.lock`);
}

/** A fresh name for something that is renamed in a moment. */
export function temporaryName(): string {
  return `.mirrorctl-${randomBytes(8).toString("hex")}.tmp`;
}

/** Whether {@link temporaryName} gives names like this one. */
export function isTemporaryName(name: string): boolean {
  return /^\.mirrorctl-[0-9a-f]{16}\.tmp$/.test(name);
}

/** A fresh name for a directory that was in the place of a file of a tree; nobody removes it. */
export function asideName(): string {
  return `.mirrorctl-${randomBytes(8).toString("hex")}.replaced`;
}

// 200 leaves room for the dot and the suffixes within 255 bytes.
const ID = /^[a-z0-9][a-z0-9_-]{0,199}$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** Whether this can be the id of a collection. */
export function isId(id: string): boolean {
  return ID.test(id);
}

/** Whether this can be the name of a pointer, a generation or a state. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

/** Returns the id. @throws `ERR_SNAPSHOT_BAD_NAME` */
export function checkId(id: string): string {
  if (!isId(id)) throw badName("collection", id, ID);
  return id;
}

/** Returns the name. @throws `ERR_SNAPSHOT_BAD_NAME` */
export function checkName(
  what: "pointer" | "pointer elsewhere" | "generation" | "state" | "snapshot",
  name: string,
): string {
  if (!isName(name) || (what === "pointer" && name === SNAPSHOTS_LINK))
    throw badName(what, name, NAME);
  return name;
}

function badName(what: string, name: string, rule: RegExp): SnapshotError {
  return new SnapshotError(
    "ERR_SNAPSHOT_BAD_NAME",
    `${printable(name)}: bad name of a ${what}, expected ${rule.source}`,
    { expected: rule.source, found: name },
  );
}
