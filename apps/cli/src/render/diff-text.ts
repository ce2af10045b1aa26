import type { MirrorDiff } from "../commands/snapshot/diff.js";
import { countChanges, labelOf, sections } from "./diff-sections.js";
import { escapeText } from "./escape.js";
import { renderTable } from "./table.js";

/** A diff as text for a terminal. */
export function diffText(diff: MirrorDiff): string {
  const head = `${diff.id}: ${diff.before} -> ${diff.after}`;
  const groups = diff.groups.flatMap((group) => {
    const rows = sections(group).flatMap(({ sign, rows: changes }) =>
      changes.map((change) => [`  ${sign}`, ...change]),
    );
    if (group.trees === "both" && rows.length === 0) return [];
    return [`\n${escapeText(labelOf(group))}\n${rows.length === 0 ? "" : renderTable(rows)}`];
  });
  const { added, removed, upgraded, downgraded } = countChanges(diff);
  const sum = `${upgraded} upgraded, ${downgraded} downgraded, ${added} added, ${removed} removed`;
  return `${escapeText(head)}\n${groups.join("")}${groups.length > 0 ? "\n" : ""}${sum}\n`;
}
