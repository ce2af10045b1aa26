import type { RepairedContent, RepairedName, RepairReport } from "@mirror/sync";
import { leftProblems } from "../left-problems.js";
import type { NameTree } from "../tree-names.js";
import { describeError } from "./describe-error.js";
import type { Log } from "./log.js";
import { count, logSize } from "./size.js";

/** Files that are told one by one. */
const SHOWN = 20;

/** Tells what was mended, and from where. */
export function logRepair(
  log: Log,
  mirror: string,
  report: RepairReport,
  nameTree: NameTree,
): void {
  logContents(log, mirror, report.contents, (content, names) => {
    const from = content.from?.kind === "tree" ? nameTree(content.from) : "upstream";
    return `Mended ${content.path} in ${treesOf(names, nameTree)}, from ${from}`;
  });
  for (const { aside } of report.contents.flatMap(({ names }) => names)) {
    if (aside !== undefined)
      log.warn(`a directory was in the place of a file: it is ${aside} now`, { mirror });
  }
  logUnread(log, mirror, report, nameTree);
}

/** Tells what would be mended, and from where, and what would not. */
export function logRepairPreview(
  log: Log,
  mirror: string,
  report: RepairReport,
  nameTree: NameTree,
): void {
  logContents(log, mirror, report.contents, (content, names) => {
    const from =
      content.from?.kind === "tree" ? nameTree(content.from) : "upstream, if that still has it";
    return `Would mend ${content.path} in ${treesOf(names, nameTree)}, from ${from}`;
  });
  for (const { message } of leftProblems(report, nameTree))
    log.warn(`Cannot mend ${message}`, { mirror });
  logUnread(log, mirror, report, nameTree);
}

function logContents(
  log: Log,
  mirror: string,
  contents: RepairReport["contents"],
  say: (content: RepairedContent, names: readonly RepairedName[]) => string,
): void {
  const done = contents.filter(({ names }) => names.some(isDone));
  for (const content of done.slice(0, SHOWN)) {
    const facts = { path: content.path, sha256: content.sha256, bytes: content.size };
    log.info(say(content, content.names.filter(isDone)), { mirror, facts });
  }
  if (done.length > SHOWN) {
    const files = done.flatMap(({ names }) => names.filter(isDone)).length;
    const bytes = done.reduce((sum, { size }) => sum + size, 0);
    log.info(`... and more: ${count(files, "file")} in all, ${logSize(bytes)}`, { mirror });
  }
}

function logUnread(log: Log, mirror: string, { unread }: RepairReport, nameTree: NameTree): void {
  for (const tree of unread)
    log.warn(`${nameTree(tree)}: cannot be read; what is damaged there is not known`, { mirror });
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
