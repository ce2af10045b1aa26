import type { Carried, PackageReason } from "@mirror/sync";
import type { MirrorExplanation } from "../commands/explain.js";
import { time } from "./duration.js";
import { escapeText } from "./escape.js";
import { filterReason } from "./filter-words.js";
import { renderTable } from "./table.js";

/** Why a package is in a mirror or not, as text for a terminal. */
export function explanationText(explanation: MirrorExplanation): string {
  const { id, package: name, generation, sameFilters, versions, left } = explanation;
  const head = `${id}: ${name} in ${generation}`;
  const note = sameFilters
    ? ""
    : "The filters have changed since; the next sync carries that out.\n";
  const rows = versions.map(
    ({ suite, component, architecture, version, packageArchitecture, isIn, why, carried }) => [
      isIn ? "in" : "out",
      version,
      packageArchitecture,
      [suite, component, architecture].filter((part) => part !== "").join(" "),
      inWords(why, isIn) + (carried ? `; its file is carried ${carriedInWords(carried)}` : ""),
    ],
  );
  const gone = left.map(({ version, packageArchitecture, ...carried }) => [
    "out",
    version,
    packageArchitecture,
    "",
    `left upstream ${time(carried.left)}; its file is carried ${carriedInWords(carried)}`,
  ]);
  const body =
    rows.length + gone.length === 0
      ? ""
      : renderTable([["", "VERSION", "ARCH", "INDEX", "WHY"], ...rows, ...gone]);
  const none = rows.length === 0 ? "no index of this mirror lists it\n" : "";
  return `${escapeText(head)}\n${note}${none}${body}`;
}

/** Clients that read the indices of before ask for it until they have read those of now. */
function carriedInWords({ until }: Carried): string {
  return `until the first new tree after ${time(until)}`;
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
