import type { Amount, DryRunReport } from "@mirror/sync";
import { filterSummary } from "./filter-words.js";
import { count, summarySize } from "./size.js";

/** The `Disk Usage Summary` of a dry run: per mirror, then in total. */
export function renderDryRun(reports: readonly DryRunReport[], dir: string): string {
  const lines = ["", "=== Disk Usage Summary (Dry Run) ===", ""];
  for (const report of reports) {
    const { filters } = report;
    const stay = filters ? [row("Filters:", filterSummary(filters))] : [];
    lines.push(`Repository: ${report.id}`, ...rows(report), ...stay, "");
  }
  const total = sumReports(reports);
  lines.push("Total across all repositories:", ...rows(total));
  const free = reports[0]?.free.bytes;
  if (free !== undefined) {
    lines.push(row("Free space:", summarySize(free)));
    // What a sync frees goes only after the new tree is published.
    const short = total.toDownload.bytes - free;
    if (short > 0) lines.push(row("Space lacking:", summarySize(short)));
  }
  lines.push(
    "",
    "Note: only metadata was downloaded, to a temporary directory that is gone now.",
    `Nothing was written below ${dir}; what is to be freed goes after the new tree is in place.`,
  );
  return `${lines.join("\n")}\n`;
}

type Amounts = Omit<DryRunReport, "id" | "free" | "warnings" | "filters">;

function rows(report: Amounts): string[] {
  const { release, indices, packages, total, present, elsewhere, carried, toDownload, toFree } =
    report;
  return [
    row("Release files:", summarySize(release.bytes)),
    row("Index files:", summarySize(indices.bytes)),
    row("Package files:", summarySize(packages.bytes)),
    row("Total size:", withFiles(total)),
    row("Already here:", withFiles(present)),
    ...(elsewhere.files > 0 ? [row("From elsewhere:", withFiles(elsewhere))] : []),
    ...(carried.files > 0 ? [row("Carried over:", withFiles(carried))] : []),
    row("To download:", withFiles(toDownload)),
    row("To be freed:", withFiles(toFree)),
  ];
}

function row(label: string, value: string): string {
  return `  ${label.padEnd(16)}${value}`;
}

function withFiles(amount: Amount): string {
  return `${summarySize(amount.bytes)} (${count(amount.files, "file")})`;
}

/** All mirrors of a dry run as one. */
export function sumReports(reports: readonly DryRunReport[]): Amounts {
  const sum = (name: keyof Amounts): Amount => ({
    files: reports.reduce((files, report) => files + report[name].files, 0),
    bytes: reports.reduce((bytes, report) => bytes + report[name].bytes, 0),
  });
  return {
    release: sum("release"),
    indices: sum("indices"),
    packages: sum("packages"),
    total: sum("total"),
    present: sum("present"),
    elsewhere: sum("elsewhere"),
    carried: sum("carried"),
    toDownload: sum("toDownload"),
    toFree: sum("toFree"),
  };
}
