import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

/** Where the parts of the store of a test lie. */
export interface Places {
  /** Holds all that follows, and what is nobody's business. */
  readonly work: string;
  readonly dir: string;
  readonly snapshots: string;
  readonly www: string;
}

/** A tree or snapshot whose manifest has its name. */
export interface TreeView {
  /** Relative to `work`. */
  readonly path: string;
  /** What is wrong with it by its own manifest; the oracle's first part. */
  readonly faults: readonly string[];
  /** All of its entries with mode, mtime, size and content. */
  readonly fingerprint: string;
  /** Of the names, modes and bytes of its files. */
  readonly content: string;
  /** Of names and bytes alone, and without the Release files, which a mirror that signs makes anew each time. */
  readonly payload: string;
  readonly manifest: { readonly source?: string; readonly automatic?: true };
}

/** What lies in a store, as somebody reads it who knows what is on disk and no code of ours. */
export interface StoreView {
  /** By path, relative to `work`. */
  readonly trees: ReadonlyMap<string, TreeView>;
  /** Symlinks in public directories by path, and what they lead to; both relative to `work`. */
  readonly links: ReadonlyMap<string, string | undefined>;
  /** The names in `dir` that lead to a directory. */
  readonly mirrors: readonly string[];
  /** By id; lines that are no JSON are left out. */
  readonly history: ReadonlyMap<string, readonly HistoryLine[]>;
  /** Marks, what is kept of deleted snapshots, state files: what the outcome of a command is besides. */
  readonly records: readonly string[];
  /** Names that a finished command leaves none of. */
  readonly leftOvers: readonly string[];
  /** Among the snapshots, directories of no snapshot whose names do not even begin with a dot. */
  readonly odd: readonly string[];
  /** What is not ours: path, mode, size, time and content. */
  readonly foreign: string;
}

export interface HistoryLine {
  readonly at: string;
  readonly kind: string;
  readonly pointer?: string;
  readonly from?: string;
  readonly to?: string;
}

const RELEASE_FILES = /^dists\/[^/]+\/(?:InRelease|Release|Release\.gpg)$/;

/** Reads all of a store, and checks each sealed tree against its manifest by hashes of our own. */
export function viewStore(places: Places): StoreView {
  const { work, dir, snapshots, www } = places;
  const home = join(dir, ".mirrorctl");
  const relative = (path: string) => path.slice(work.length + 1);
  const trees = new Map<string, TreeView>();
  const links = new Map<string, string | undefined>();
  const mirrors: string[] = [];
  const history = new Map<string, HistoryLine[]>();
  const records: string[] = [];
  const leftOvers: string[] = [];
  const odd: string[] = [];
  const foreign: string[] = [];

  const lookAtTrees = (directory: string) => {
    const all = namesIn(directory);
    for (const name of all) {
      const path = join(directory, name);
      const manifest = /^\.(.+)\.manifest$/.exec(name)?.[1];
      if (manifest !== undefined) {
        if (all.includes(manifest)) {
          const tree = viewTree(join(directory, manifest), relative);
          trees.set(tree.path, tree);
        } else leftOvers.push(relative(path));
      } else if (/^\..+\.(?:protected|rejected)$/.test(name)) {
        records.push(relative(path));
        if (!all.includes(name.slice(1, name.lastIndexOf(".")))) leftOvers.push(relative(path));
      } else if (name === ".store") records.push(relative(path));
      else if (name.startsWith(".")) leftOvers.push(relative(path));
      else if (!isDirectory(path)) foreign.push(lineOf(path, relative));
      else if (!all.includes(`.${name}.manifest`)) {
        if (directory.startsWith(snapshots)) odd.push(relative(path));
        leftOvers.push(relative(path));
      }
    }
  };
  const lookAtLinks = (directory: string) => {
    for (const name of namesIn(directory)) {
      const path = join(directory, name);
      if (isTemporary(name)) leftOvers.push(relative(path));
      else if (isSymlink(path)) links.set(relative(path), leadsTo(path, relative));
      else foreign.push(lineOf(path, relative));
    }
  };

  const ids = new Set([...namesIn(join(home, "trees")), ...namesIn(snapshots), ...namesIn(dir)]);
  for (const id of [...ids].filter((name) => name === "demo" || name === "twin")) {
    const root = join(dir, id);
    if (existsSync(root)) mirrors.push(relative(root));
    if (isSymlink(root)) links.set(relative(root), leadsTo(root, relative));
    else lookAtLinks(root);
    lookAtTrees(join(home, "trees", id));
    lookAtTrees(join(snapshots, id));
    const state = join(home, "state", id);
    const lines = join(state, "history.jsonl");
    if (existsSync(lines)) history.set(id, readLines(lines));
    // Which trees have been superseded since when is no outcome, but that their grace has an end.
    for (const name of namesIn(state))
      if (name !== ".superseded.json")
        (isTemporary(name) ? leftOvers : records).push(relative(join(state, name)));
    for (const name of namesIn(join(state, "deleted")))
      (isTemporary(name) ? leftOvers : records).push(relative(join(state, "deleted", name)));
    leftOvers.push(
      ...namesIn(join(home, "partial", id)).map((name) =>
        relative(join(home, "partial", id, name)),
      ),
    );
  }
  lookAtLinks(www);
  for (const name of namesIn(home))
    if (isTemporary(name)) leftOvers.push(relative(join(home, name)));
  for (const place of [join(work, "outside"), join(dir, "elsewhere")]) {
    foreign.push(lineOf(place, relative));
    for (const name of readdirSync(place, { recursive: true }) as string[])
      foreign.push(lineOf(join(place, name), relative));
  }
  for (const [place, known] of [
    [work, ["mirrors", "snapshots", "www", "outside"]],
    [dir, ["elsewhere", "demo", "twin", ".mirrorctl"]],
    [snapshots, ["demo", "twin"]],
  ] as const)
    for (const name of namesIn(place))
      if (name.startsWith(".mirrorctl-")) leftOvers.push(relative(join(place, name)));
      else if (!(known as readonly string[]).includes(name))
        foreign.push(lineOf(join(place, name), relative));
  return {
    trees,
    links,
    mirrors,
    history,
    records: records.sort(),
    leftOvers: leftOvers.sort(),
    odd: odd.sort(),
    foreign: foreign.sort().join("\n"),
  };
}

function viewTree(path: string, relative: (path: string) => string): TreeView {
  const faults: string[] = [];
  const lines = readFileSync(join(dirname(path), `.${basename(path)}.manifest`), "utf8");
  let manifest: TreeView["manifest"] & { files?: number } = {};
  const listed = new Map<string, { size: number; sha256: string }>();
  try {
    const body = lines.slice(0, lines.lastIndexOf("\n", lines.length - 2) + 1);
    const [first = "", ...rest] = body.trimEnd().split("\n");
    manifest = JSON.parse(first);
    const end = JSON.parse(lines.slice(body.length));
    if (end.sha256 !== sha256(Buffer.from(body))) faults.push("manifest: digest at its end");
    for (const line of rest) {
      const [name, size, digest] = JSON.parse(line);
      listed.set(name, { size, sha256: digest });
    }
    if (end.end !== listed.size || manifest.files !== listed.size) faults.push("manifest: count");
  } catch (error) {
    faults.push(`manifest: ${error instanceof Error ? error.message : error}`);
  }
  const entries: string[] = [];
  const files: string[] = [];
  const payload: string[] = [];
  const visit = (directory: string) => {
    for (const name of readdirSync(directory).sort()) {
      const file = join(directory, name);
      const inner = file.slice(path.length + 1);
      entries.push(lineOf(file, relative));
      if (isDirectory(file)) {
        visit(file);
        continue;
      }
      const wanted = listed.get(inner);
      listed.delete(inner);
      if (wanted === undefined) faults.push(`${inner}: not in the manifest`);
      const bytes = readFileSync(file);
      const digest = sha256(bytes);
      if (wanted !== undefined && (wanted.size !== bytes.length || wanted.sha256 !== digest))
        faults.push(`${inner}: not as in the manifest`);
      files.push(`${inner} ${lstatSync(file).mode.toString(8)} ${digest}`);
      if (!RELEASE_FILES.test(inner)) payload.push(`${inner} ${digest}`);
    }
  };
  visit(path);
  for (const name of listed.keys()) faults.push(`${name}: missing`);
  return {
    path: relative(path),
    faults,
    fingerprint: entries.join("\n"),
    content: sha256(Buffer.from(files.join("\n"))),
    payload: sha256(Buffer.from(payload.join("\n"))).slice(0, 12),
    manifest,
  };
}

/** All about one entry but its inode, so that copies can be compared. */
function lineOf(path: string, relative: (path: string) => string): string {
  const stats = lstatSync(path, { bigint: true });
  const facts = [relative(path), stats.mode.toString(8)];
  // The time of a directory that others use too is none of its own.
  if (stats.isFile()) facts.push(`${stats.mtimeNs}`, `${stats.size}`, sha256(readFileSync(path)));
  if (stats.isSymbolicLink()) facts.push(readlinkSync(path));
  return facts.join(" ");
}

function leadsTo(path: string, relative: (path: string) => string): string | undefined {
  try {
    return relative(realpathSync(path));
  } catch {
    return undefined;
  }
}

function readLines(path: string): HistoryLine[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return [];
      }
    });
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const isSymlink = (path: string) =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
const isDirectory = (path: string) => lstatSync(path).isDirectory();
const isTemporary = (name: string) => /^\.mirrorctl-[0-9a-f]+\.tmp$/.test(name);
const namesIn = (path: string) => (existsSync(path) ? readdirSync(path).sort() : []);
