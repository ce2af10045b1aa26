import { basename, dirname, resolve } from "node:path";
import type { Step } from "./killable.js";

/** What a trace of one mirror's command shows of what would outlast a power cut. */
export interface Durability {
  readonly violations: readonly string[];
  /** How often each rule was put to the test. */
  readonly seals: number;
  readonly pointers: number;
  readonly records: number;
  readonly removals: number;
}

/** A step of which it is known when it was over. */
interface Done {
  readonly call: string;
  readonly path: string;
  readonly to: string;
  /** Places in the log. */
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads the order of a trace as a power cut would: what was not brought to the disk before something
 * else may be missing although that something else is there.
 *
 * 1. Before a manifest gets its name, one syncfs has begun after the last change of any file or
 *    directory of its tree was over, wherever that file lay then, and after the directories above
 *    were made; the manifest's own bytes were brought to the disk after their last write, by fsync or
 *    that syncfs.
 * 2. After a rename that gives a manifest, a pointer, a state file, a snapshot or a directory of
 *    pointers its name, the next thing of all is an fsync of that directory.
 * 3. A pointer shows a tree of which all that has happened, in a directory that a syncfs has seen
 *    since it was made, or that has no name yet. A state file has its bytes on disk before
 *    it has its name; a line of the history before the next step.
 * 4. Before the first file of a sealed tree goes, its manifest or the tree itself has lost its name,
 *    and that is on disk; so are the pointers that went before.
 *
 * @param isTree - whether a path was that of a sealed tree when the trace began
 */
export function judgeDurability(
  steps: readonly Step[],
  isTree: (path: string) => boolean,
): Durability {
  const done = pair(steps);
  const violations: string[] = [];
  const counts = { seals: 0, pointers: 0, records: 0, removals: 0 };
  /** By path: the end of the last change of that file or name, and the end of its last write. */
  const changed = new Map<string, number>();
  const written = new Map<string, number>();
  /** Each syncfs that was over, by the path that its directory has now. */
  const synced: { path: string; readonly begin: number; readonly end: number }[] = [];
  const sealed = new Set<string>();
  /** Sealed trees that lost their names, by the path that they have now. */
  const unsealed = new Set<string>();
  const fsyncs = (path: string, from: number, to: number, calls = ["fsync"]) =>
    done.some(
      (step) =>
        calls.includes(step.call) && step.path === path && step.begin > from && step.end < to,
    );
  const nextIsFsync = (after: Done, path: string) => {
    const next = done.find(({ begin }) => begin > after.end);
    return next?.call === "fsync" && next.path === path;
  };
  const wasSealed = (path: string) => sealed.has(path) || isTree(path);

  const judgeSeal = (step: Done, tree: string) => {
    counts.seals += 1;
    const above = new Set(ancestors(tree));
    const last = Math.max(
      -1,
      ...[...changed]
        .filter(([path]) => (isBelow(path, tree) && path !== tree) || above.has(path))
        .map(([, end]) => end),
    );
    const named = changed.get(tree) ?? -1;
    const whole = synced.find(
      ({ path, begin, end }) => isBelow(path, tree) && begin > last && end < step.begin,
    );
    const hasName =
      (whole !== undefined && whole.begin > named) || fsyncs(dirname(tree), named, step.begin);
    if (whole === undefined || !hasName) violations.push(`1: ${step.to}: its tree is not on disk`);
    const bytes = written.get(step.path) ?? Number.POSITIVE_INFINITY;
    const own = fsyncs(step.path, bytes, step.begin);
    if (!own && !(whole !== undefined && whole.begin > bytes))
      violations.push(`1: ${step.to}: its bytes are not on disk`);
    if (!nextIsFsync(step, dirname(step.to))) violations.push(`2: ${step.to}: no fsync after it`);
  };

  const judgeRename = (step: Done) => {
    const { path, to } = step;
    const [name, from] = [basename(to), basename(path)];
    const directory = dirname(to);
    const manifest = /^\.(.+)\.manifest$/.exec(name)?.[1];
    if (manifest !== undefined && from.endsWith(".unsealed")) {
      const tree = `${directory}/${manifest}`;
      const hidden = `${directory}/.${manifest}.part`;
      judgeSeal(step, [...changed.keys()].some((one) => isBelow(one, hidden)) ? hidden : tree);
      sealed.add(tree);
    } else if (name.endsWith(".unsealed") && from.endsWith(".manifest")) {
      counts.removals += 1;
      const tree = `${directory}/${from.slice(1, -".manifest".length)}`;
      for (const place of [tree, `${directory}/.${basename(tree)}.part`]) unsealed.add(place);
      if (!nextIsFsync(step, directory)) violations.push(`4: ${path}: no fsync after it went`);
    } else if (from === `.${name}.part`) {
      if (!nextIsFsync(step, directory)) violations.push(`2: ${to}: no fsync after it`);
    } else if (name === `.${from}.part`) {
      unsealed.add(to);
      for (const gone of done.filter(
        ({ call, path: pointer, end }) =>
          call === "unlink" && end < step.begin && /\/(?:mirrors\/\w+|www)\/[^/]+$/.test(pointer),
      ))
        if (!fsyncs(dirname(gone.path), gone.end, step.begin))
          violations.push(`4: ${gone.path}: no fsync between it and ${path}`);
    } else if (from === `.${name}.previous` || from === `.mirrorctl-new-${name}`) {
      counts.pointers += 1;
      if (!nextIsFsync(step, directory)) violations.push(`2: ${to}: no fsync after it`);
    } else if (from.endsWith(".tmp")) {
      if (!nextIsFsync(step, directory)) violations.push(`2: ${to}: no fsync after it`);
      const bytes = [...written].filter(([file]) => isBelow(file, path));
      for (const [file, end] of bytes) {
        counts.records += 1;
        if (!fsyncs(file, end, step.begin)) violations.push(`3: ${to}: bytes not on disk`);
      }
      if (bytes.length > 0) return;
      counts.pointers += 1;
      const says = done.find(({ call, path: at }) => call === "symlink" && at === path)?.to ?? "";
      const target = resolve(directory, says);
      // A link to a directory below a pointer, or to all snapshots, shows no tree of its own.
      if (!/\/(?:trees|snapshots)\/\w+\/[^/]+$/.test(target)) return;
      const made = Math.max(
        -1,
        ...[directory, ...ancestors(directory)]
          .filter((one) => !basename(one).startsWith(".mirrorctl-new-"))
          .map((one) => changed.get(one) ?? -1),
      );
      if (
        made >= 0 &&
        !done.some(({ call, begin, end }) => call === "syncfs" && begin > made && end < step.begin)
      )
        violations.push(`3: ${to}: its directory is not on disk`);
      if (!wasSealed(target)) violations.push(`3: ${to}: shows ${target}, which is not sealed`);
    }
  };

  for (const step of [...done].sort((a, b) => a.end - b.end)) {
    const { call, path, to, begin, end } = step;
    if (call === "rename") {
      judgeRename(step);
      move(changed, path, to);
      move(written, path, to);
      for (const one of synced)
        if (isBelow(one.path, path)) one.path = to + one.path.slice(path.length);
      changed.set(to, end);
    } else if (call === "link") {
      changed.set(to, Math.max(end, changed.get(path) ?? -1));
    } else if (call === "unlink" || call === "rmdir") {
      const whole = ancestors(path).find((one) => wasSealed(one) && !unsealed.has(one));
      if (whole !== undefined) violations.push(`4: ${path}: ${whole} is still sealed`);
      changed.set(path, end);
    } else if (call === "syncfs") {
      synced.push({ path, begin, end });
    } else if (call !== "fsync") {
      changed.set(path, end);
      if (call === "write" || call === "copy" || call === "truncate") written.set(path, end);
      if (basename(path) === "history.jsonl" && call === "write") {
        counts.records += 1;
        const next = done.find((other) => other.begin > end);
        if (next?.call !== "fsync" || next.path !== path)
          violations.push(`3: ${path}: no fsync after a line, begun at ${begin}`);
      }
    }
  }
  return { violations, ...counts };
}

/** Steps that were over, and did what they were to do. */
function pair(steps: readonly Step[]): Done[] {
  const begun = new Map<number, Omit<Done, "end">>();
  const done: Done[] = [];
  for (const [place, step] of steps.entries()) {
    if (step.at === "begin") {
      const { call, path, to } = step;
      begun.set(step.number, { call, path, to, begin: place });
    } else if (step.at === "end") {
      const begin = begun.get(step.number);
      if (begin !== undefined && step.result >= 0) done.push({ ...begin, end: place });
    }
  }
  return done.sort((a, b) => a.begin - b.begin);
}

/** What is known of a file or of all in a directory goes with its name. */
function move(known: Map<string, number>, from: string, to: string): void {
  for (const [path, end] of [...known])
    if (isBelow(path, from)) {
      known.delete(path);
      known.set(to + path.slice(from.length), end);
    }
}

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

function ancestors(path: string): string[] {
  const up = dirname(path);
  return up === path || up === "/" ? [] : [up, ...ancestors(up)];
}
