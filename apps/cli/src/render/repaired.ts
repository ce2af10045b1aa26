import type { Collection } from "@mirror/snapshot";
import type { RepairedContent, RepairedName, RepairReport, TreeName } from "@mirror/sync";
import { describeError } from "./describe-error.js";
import type { Log } from "./log.js";
import { count, logSize } from "./size.js";

/** Mended files that are told one by one. */
const SHOWN = 20;

/** What people call a tree: `latest`, the name of a snapshot, or a generation; of others with their mirror. */
export type NameTree = (tree: TreeName) => string;

/** Names the trees of a mirror and of others. */
export function treeNames(mirror: string, collections: readonly Collection[]): NameTree {
  const latest = new Map(collections.map((collection) => [collection.id, latestOf(collection)]));
  return ({ id, tree }) => {
    const name = tree === latest.get(id) ? "latest" : tree;
    return id === mirror ? name : `${id}/${name}`;
  };
}

/** What is wrong with a pointer matters elsewhere. */
function latestOf(collection: Collection): string | undefined {
  try {
    return collection.latest()?.generation;
  } catch {
    return undefined;
  }
}

/** Tells what was mended, or would be, and from where. */
export function logRepair(
  log: Log,
  mirror: string,
  report: RepairReport,
  nameTree: NameTree,
  planned: boolean,
): void {
  const { contents, unread } = report;
  const done = contents.filter((content) => content.names.some(isDone));
  for (const content of done.slice(0, SHOWN)) {
    const names = content.names.filter(isDone);
    const what = planned ? "Would mend" : "Mended";
    const trees = treesOf(names, nameTree);
    log.info(`${what} ${content.path} in ${trees}, from ${sourceOf(content, nameTree, planned)}`, {
      mirror,
      facts: { path: content.path, sha256: content.sha256, bytes: content.size },
    });
  }
  for (const { aside } of contents.flatMap(({ names }) => names)) {
    if (aside !== undefined)
      log.warn(`a directory was in the place of a file: it is ${aside} now`, { mirror });
  }
  if (done.length > SHOWN) {
    const files = done.flatMap(({ names }) => names.filter(isDone)).length;
    const bytes = done.reduce((sum, { size }) => sum + size, 0);
    log.info(`... and more: ${count(files, "file")} in all, ${logSize(bytes)}`, { mirror });
  }
  for (const { message } of planned ? leftProblems(report, nameTree) : [])
    log.warn(`Cannot mend ${message}`, { mirror });
  for (const tree of unread)
    log.warn(`${nameTree(tree)}: cannot be read; what is damaged there is not known`, { mirror });
}

/** Something that is wrong, and what to do about it. */
export interface LeftProblem {
  readonly code: string;
  readonly path: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** What a repair has left damaged, one line for each file and reason. */
export function leftProblems({ contents }: RepairReport, nameTree: NameTree): LeftProblem[] {
  return contents.flatMap((content) => {
    const left = content.names.filter(({ outcome }) => outcome === "left");
    const reasons = new Map<string, Omit<LeftProblem, "message"> & { names: RepairedName[] }>();
    for (const name of left) {
      const { code, message, hint } = describeError(name.error ?? content.error);
      const known = reasons.get(message) ?? { code, path: content.path, hint, names: [] };
      known.names.push(name);
      reasons.set(message, known);
    }
    return [...reasons].map(([message, { names, ...problem }]) => {
      const subject = message.startsWith(`${content.path}:`) ? "" : `${content.path}: `;
      const text = `${subject}${message}; damaged in ${treesOf(names, nameTree)}`;
      return { ...problem, message: text };
    });
  });
}

/** A repair as a JSON document has it. */
export function repairDocument({ contents, unread }: RepairReport, command: string) {
  const errorOf = (error: Error | undefined) =>
    error === undefined ? {} : { error: describeError(error, { command }) };
  return {
    contents: contents.map(({ error, names, ...content }) => ({
      ...content,
      ...errorOf(error),
      names: names.map(({ error: why, ...name }) => ({ ...name, ...errorOf(why) })),
    })),
    unread,
  };
}

function isDone({ outcome }: RepairedName): boolean {
  return outcome !== "left";
}

function treesOf(names: readonly RepairedName[], nameTree: NameTree): string {
  return [...new Set(names.map(nameTree))].join(", ");
}

function sourceOf({ from }: RepairedContent, nameTree: NameTree, planned: boolean): string {
  if (from?.kind === "tree") return nameTree(from);
  return planned ? "upstream, if that still has it" : "upstream";
}
