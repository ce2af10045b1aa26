import type { ContentRepair } from "./plan-repair.js";
import type { RepairedContent, RepairedName } from "./repair-report.js";
import type { ContentName } from "./survey-contents.js";

/** What a report says of one content: where its bytes came from, or why not, and of each of its names. */
export function reportContent(
  { path, sha256, size }: ContentRepair<ContentName>,
  outcome: Pick<RepairedContent, "from" | "error">,
  names: readonly RepairedName[],
): RepairedContent {
  return { path, sha256, size, ...outcome, names };
}

/** What a report says of a name that was not mended, or not yet. */
export function reportName(
  { id, tree, file, fault = "" }: ContentName,
  outcome: Pick<RepairedName, "outcome" | "error">,
): RepairedName {
  return { id, tree: tree.generation, path: file.path, fault, ...outcome };
}
