import type { MirrorDiff } from "../commands/snapshot/diff.js";
import { countChanges, labelOf, sections } from "./diff-sections.js";
import { escapeText } from "./escape.js";

/** A diff as Markdown, for a ticket or a chat. */
export function diffMarkdown(diff: MirrorDiff): string {
  const lines = [`## ${cell(diff.id)}: ${cell(diff.before)} → ${cell(diff.after)}`, ""];
  const { added, removed, upgraded, downgraded } = countChanges(diff);
  lines.push(
    `${upgraded} upgraded, ${downgraded} downgraded, ${added} added, ${removed} removed.`,
    "",
  );
  for (const group of diff.groups) {
    const changes = sections(group);
    if (group.trees === "both" && changes.length === 0) continue;
    lines.push(`### ${cell(labelOf(group))}`, "");
    for (const { title, rows } of changes) {
      lines.push(`| ${title} | |`, "|---|---|");
      for (const [name, versions] of rows) lines.push(`| ${cell(name)} | ${cell(versions)} |`);
      lines.push("");
    }
  }
  return `${lines.join("\n")}\n`;
}

/** What upstream wrote, without a meaning in Markdown. */
function cell(text: string): string {
  return escapeText(text).replace(/[\\`*_[\]<>|#]/g, (char) => `\\${char}`);
}
