import type { Space } from "@mirror/snapshot";
import { type Amount, addSpace, type DryRunReport, planSpace } from "@mirror/sync";
import { filterSummary } from "./filter-words.js";
import { count, summarySize } from "./size.js";

/** The `Disk Usage Summary` of a dry run: per mirror, then in total. */
export function renderDryRun(reports: readonly DryRunReport[], dir: string): string {
  const lines = ["", "=== Disk Usage Summary (Dry Run) ===", ""];
  for (const report of reports) {
    const { filters, refused } = report;
    const stay = filters ? [row("Filters:", filterSummary(filters))] : [];
    const lacking = lackingRows(refused?.facts.short);
    lines.push(`Repository: ${report.id}`, ...rows(report), ...lacking, ...stay, "");
  }
  const total = sumReports(reports);
  lines.push("Total across all repositories:", ...rows(total), ...spaceRows(reports, total.needed));
  lines.push(
    "",
    "Note: only metadata was downloaded, to a temporary directory that is gone now.",
    `Nothing was written below ${dir}; what is to be freed goes after the new tree is in place.`,
  );
  return `${lines.join("\n")}\n`;
}

/**
 * What there is for all of them, and what lacks although syncs free first what they may: by the file
 * system of `dir`, below which every mirror has its trees.
 */
function spaceRows(reports: readonly DryRunReport[], needed: Space): string[] {
  const free = reports[0]?.free;
  if (free === undefined) return [];
  const { reserve } = free;
  const freedFirst = addSpace(...reports.flatMap((report) => report.freedFirst ?? []));
  const { short } = planSpace(needed, { ...addSpace(free, freedFirst), reserve });
  return [
    row("Free space:", summarySize(free.bytes)),
    ...(reserve > 0 ? [row("To stay free:", summarySize(reserve))] : []),
    ...(freedFirst.bytes > 0 ? [row("Freed before:", summarySize(freedFirst.bytes))] : []),
    ...lackingRows(short),
  ];
}

function lackingRows(short: Space | undefined): string[] {
  if (short === undefined) return [];
  const { bytes, inodes } = short;
  const parts = [
    ...(bytes > 0 ? [summarySize(bytes)] : []),
    ...(inodes > 0 ? [count(inodes, "inode")] : []),
  ];
  return [row("Space lacking:", parts.join(" and "))];
}

type Amounts = Record<AmountName, Amount> & { readonly needed: Space };

const AMOUNTS = [
  "release",
  "indices",
  "packages",
  "total",
  "present",
  "elsewhere",
  "carried",
  "toDownload",
  "toFree",
] as const;

type AmountName = (typeof AMOUNTS)[number];

function rows(report: Amounts): string[] {
  const { release, indices, packages, total, present, elsewhere, carried } = report;
  const { toDownload, toFree, needed } = report;
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
    row("Space needed:", `${summarySize(needed.bytes)} (${count(needed.inodes, "inode")})`),
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
  const sum = (read: (report: DryRunReport) => number): number =>
    reports.reduce((total, report) => total + read(report), 0);
  const amounts = AMOUNTS.map((name) => {
    const files = sum((report) => report[name].files);
    return [name, { files, bytes: sum((report) => report[name].bytes) }] as const;
  });
  return {
    ...(Object.fromEntries(amounts) as Record<AmountName, Amount>),
    needed: addSpace(...reports.map(({ needed }) => needed)),
  };
}
