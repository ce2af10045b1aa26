import type { PackageReason } from "@mirror/sync";
import type { MirrorExplanation } from "../commands/explain.js";
import { escapeText } from "./escape.js";
import { filterReason } from "./filter-words.js";
import { renderTable } from "./table.js";

/** Why a package is in a mirror or not, as text for a terminal. */
export function explanationText(explanation: MirrorExplanation): string {
  const { id, package: name, generation, sameFilters, versions } = explanation;
  const head = `${id}: ${name} in ${generation}`;
  const note = sameFilters
    ? ""
    : "The filters have changed since; the next sync carries that out.\n";
  const rows = versions.map(
    ({ suite, component, architecture, version, packageArchitecture, isIn, why }) => [
      isIn ? "in" : "out",
      version,
      packageArchitecture,
      [suite, component, architecture].filter((part) => part !== "").join(" "),
      inWords(why, isIn),
    ],
  );
  const body =
    rows.length === 0
      ? "no index of this mirror lists it\n"
      : renderTable([["", "VERSION", "ARCH", "INDEX", "WHY"], ...rows]);
  return `${escapeText(head)}\n${note}${body}`;
}

function inWords(reason: PackageReason, isIn: boolean): string {
  switch (reason.kind) {
    case "listed":
      return "listed by upstream, nothing excludes it";
    case "dependency":
      return `${reason.of} ${reason.version} needs it (${reason.field})`;
    case "same-file":
      return "another index has the same file, and there it stays";
    case "source":
      return "a package that stays was built from it";
    case "filter":
      return filterReason(reason.filter);
    case "missing":
      return "absent upstream, which ignore_missing allows";
    case "other-filters":
      return `the filters of today would ${isIn ? "leave it out" : "let it stay"}`;
  }
}
