import type { RepairedName, RepairReport } from "@mirror/sync";
import { describeError } from "./render/describe-error.js";
import type { NameTree } from "./tree-names.js";

/** Something that is wrong, and what to do about it. */
export interface LeftProblem {
  readonly code: string;
  readonly path: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/**
 * What a repair has left damaged, one line for each file and reason.
 *
 * @param isMended - whether another repair has mended a file since
 */
export function leftProblems(
  { contents }: RepairReport,
  nameTree: NameTree,
  isMended: (name: RepairedName) => boolean = () => false,
): LeftProblem[] {
  return contents.flatMap((content) => {
    const left = content.names.filter((name) => name.outcome === "left" && !isMended(name));
    const reasons = new Map<string, Omit<LeftProblem, "message"> & { names: RepairedName[] }>();
    for (const name of left) {
      const { code, message, hint } = describeError(name.error ?? content.error);
      const known = reasons.get(message) ?? { code, path: content.path, hint, names: [] };
      known.names.push(name);
      reasons.set(message, known);
    }
    return [...reasons].map(([message, { names, ...problem }]) => {
      const subject = message.startsWith(`${content.path}:`) ? "" : `${content.path}: `;
      const trees = [...new Set(names.map(nameTree))].join(", ");
      return { ...problem, message: `${subject}${message}; damaged in ${trees}` };
    });
  });
}
