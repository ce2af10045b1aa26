import { lstatSync, readdirSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type Scan, type ScanOptions, scanDirectory } from "./scan-directory.js";

/** A content that may be in a directory. */
export interface SoughtFile {
  /** Bytes. */
  readonly size: number;
  /** The paths that it has in a repository. */
  readonly paths: readonly string[];
  /** Lower-case hex; stores of other tools name files by it. */
  readonly digest: string;
}

/** A directory that another tool has filled, from which contents are taken. It is never changed. */
export interface ReuseDirectory {
  readonly path: string;
  /**
   * Files of the size of each content that lie where it may be, the likeliest first: at its path
   * below one of `prefixes`, which costs little, else by its name anywhere. Their content is not
   * looked at. Returns absolute paths by key, reached through no symlink.
   */
  locate(
    sought: ReadonlyMap<string, SoughtFile>,
    prefixes: readonly string[],
    options: LocateOptions,
  ): Promise<ReadonlyMap<string, readonly string[]>>;
}

/** How a directory is searched. */
export interface LocateOptions extends ScanOptions {
  /** Told of what was left out when the directory was looked through; at most once. */
  onUnread(what: string): void;
}

/** So many files are tried for one content. */
const MOST_CANDIDATES = 4;

/** So many directories are looked into for a file of one name. */
const MOST_LOOKS = 256;

/** So many contents are looked for before others get a turn. */
const AT_ONCE = 500;

/** So many entries of the directory itself count as places where a repository may lie. */
const MOST_ENTRIES = 1000;

/** Opens a directory for reuse, by any number of syncs; it is looked through once, when needed. */
export function openReuseDirectory(path: string): ReuseDirectory {
  let scan: Promise<Scan> | undefined;
  const scanned = (root: string, options: LocateOptions): Promise<Scan> => {
    scan ??= scanDirectory(root, options).then(
      (done) => {
        tellUnread(done, options);
        return done;
      },
      (error) => {
        scan = undefined;
        throw error;
      },
    );
    return scan;
  };
  return {
    path,
    async locate(sought, prefixes, options) {
      const found = new Map<string, string[]>();
      const root = realPath(path);
      if (root === undefined) {
        options.onUnread("it cannot be read");
        return found;
      }
      const atPath = byPath(root, prefixes);
      for await (const [key, file] of inTurns(sought, options.signal)) {
        const files = atPath(file);
        if (files.length > 0) found.set(key, files);
      }
      if (found.size === sought.size) return found;
      const { names } = await scanned(root, options);
      for await (const [key, file] of inTurns(sought, options.signal)) {
        const files = found.has(key) ? [] : byName(root, names, file);
        if (files.length > 0) found.set(key, files);
      }
      return found;
    },
  };
}

async function* inTurns<T>(items: Iterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  let count = 0;
  for (const item of items) {
    yield item;
    count += 1;
    if (count % AT_ONCE !== 0) continue;
    await setImmediate();
    signal?.throwIfAborted();
  }
}

function tellUnread({ unreadable, complete, names }: Scan, { onUnread }: LocateOptions): void {
  if (!complete)
    onUnread(`it holds more than ${names.size} files, of which the others are not seen`);
  const { count, first } = unreadable;
  if (count > 0) onUnread(`directories that could not be read: ${count}, the first: ${first}`);
}

/** Finds files at their paths. Symlinks count as long as they do not leave `root`. */
function byPath(root: string, prefixes: readonly string[]): (file: SoughtFile) => string[] {
  const inside = (path: string): string | undefined => {
    const real = realPath(path);
    return `${real}${sep}`.startsWith(root === sep ? sep : root + sep) ? real : undefined;
  };
  const known = new Map<string, string | undefined>();
  const directory = (path: string): string | undefined => {
    if (!known.has(path)) known.set(path, inside(join(root, path)));
    return known.get(path);
  };
  const places = [...new Set([...prefixes, ...entriesOf(root)])].filter(
    (prefix) => directory(prefix) !== undefined,
  );
  return ({ paths, size }) => {
    const files = new Set<string>();
    for (const prefix of places)
      for (const path of paths) {
        const [top = ""] = path.split("/", 1);
        if (path.includes("/") && directory(prefix + top) === undefined) continue;
        const slash = path.lastIndexOf("/") + 1;
        const above = directory(prefix + path.slice(0, slash));
        if (above === undefined || files.size === MOST_CANDIDATES) continue;
        const file = fileOfSize(join(above, path.slice(slash)), size, inside);
        if (file !== undefined) files.add(file);
      }
    return [...files];
  };
}

/** Where a path leads; undefined where it leads nowhere that can be seen. */
function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

/** Names in the directory itself, any of which may be a repository. */
function entriesOf(root: string): string[] {
  try {
    return readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .slice(0, MOST_ENTRIES)
      .map(({ name }) => `${name}/`);
  } catch {
    return [];
  }
}

function byName(root: string, names: Scan["names"], { paths, size, digest }: SoughtFile): string[] {
  const files = new Set<string>();
  for (const path of [...paths, digest]) {
    const slash = path.lastIndexOf("/");
    const [above, name] = [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)];
    const isLikely = (place: string) => place === above || place.endsWith(`/${above}`);
    const places = new Set<string>();
    for (const place of names.directoriesOf(name)) {
      if (places.size < MOST_LOOKS || isLikely(place)) places.add(place);
    }
    for (const place of [...places].sort((a, b) => Number(isLikely(b)) - Number(isLikely(a)))) {
      const file = fileOfSize(join(root, place, name), size, () => undefined);
      if (file !== undefined) files.add(file);
      if (files.size === MOST_CANDIDATES) return [...files];
    }
  }
  return [...files];
}

/** The path of a regular file of this size; of what a symlink leads to, if `follow` says where. */
function fileOfSize(
  path: string,
  size: number,
  follow: (path: string) => string | undefined,
): string | undefined {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isFile() === true) return stats.size === size ? path : undefined;
    const real = stats?.isSymbolicLink() === true ? follow(path) : undefined;
    return real === undefined ? undefined : fileOfSize(real, size, () => undefined);
  } catch {
    return undefined;
  }
}
