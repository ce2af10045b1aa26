import {
  commonGroups,
  type GroupChange,
  groupInWords,
  isTooMuchLost,
  percent,
} from "./common-groups.js";
import type { TreeCounts } from "./count-packages.js";
import type { IndexGroup } from "./index-group.js";
import type { TreeVerification, TreeWarning, TreeWarningCode } from "./verification.js";

/** What a tree must be before an environment may show it. */
export interface GatePolicy {
  /** Fewest packages of every group of the candidate. */
  readonly minPackages?: number | undefined;
  /** The largest part of a group's packages, 0 to 1, that may be gone against production. */
  readonly maxShrink?: number | undefined;
  /** A Release that has expired, or a signature that counts no longer, refuses. */
  readonly requireValid: boolean;
}

/** What {@link judgeGate} judges. */
export interface GateCase {
  /** Undefined where the tree is not verified. */
  readonly verified: TreeVerification | undefined;
  readonly candidate: TreeCounts;
  /** Undefined where production shows nothing yet. */
  readonly production: TreeCounts | undefined;
  readonly policy: GatePolicy;
  readonly now: Date;
}

/** One reason why a tree may not be shown. */
export interface GateRefusal {
  readonly check: "verify" | "min_packages" | "max_shrink" | "require_valid";
  /** The index that it is about. */
  readonly group?: IndexGroup;
  readonly found: string;
  readonly expected: string;
  readonly message: string;
}

/** What came of the gate; it is passed if and only if nothing refuses. */
export interface GateVerdict {
  readonly passed: boolean;
  readonly refusals: readonly GateRefusal[];
  readonly warnings: readonly TreeWarning[];
}

/** Warnings that say that the tree's signatures, or its Release, do not count today. */
const INVALID: ReadonlySet<TreeWarningCode> = new Set<TreeWarningCode>([
  "WARN_SYNC_UNVERIFIED",
  "WARN_SYNC_EXPIRED_RELEASE",
  "WARN_SYNC_KEY_UNKNOWN",
  "WARN_SYNC_KEY_REVOKED",
  "WARN_SYNC_KEY_EXPIRED",
  "WARN_SYNC_KEY_REFUSED",
  "WARN_SYNC_SIGNATURE_EXPIRED",
]);

/**
 * Decides whether a tree may be promoted. Pure.
 *
 * Counts are compared group by group, and only of what both trees are configured to hold: a suite,
 * component or architecture that was taken out of the configuration is no loss; one that is
 * configured still and has vanished is.
 */
export function judgeGate({ verified, candidate, production, policy, now }: GateCase): GateVerdict {
  const warnings = verified ? verified.warnings : expiredSuites(candidate, now);
  const refusals = [
    ...(verified ? refuseProblems(verified) : []),
    ...refuseFew(candidate, policy.minPackages),
    ...(production ? refuseShrunk(candidate, production, policy.maxShrink) : []),
    ...(policy.requireValid ? refuseInvalid(verified, warnings) : []),
  ];
  return { passed: refusals.length === 0, refusals, warnings };
}

function refuseProblems({ problems }: TreeVerification): GateRefusal[] {
  const [first] = problems;
  if (!first) return [];
  const found = `${problems.length} ${problems.length === 1 ? "problem" : "problems"}`;
  const message = `${found}${problems.length === 1 ? "" : ", the first"}: ${first.message}`;
  return [{ check: "verify", found, expected: "no problem", message }];
}

function refuseFew({ groups }: TreeCounts, least: number | undefined): GateRefusal[] {
  if (least === undefined) return [];
  // Packages of a tree without any index are as few as can be.
  if (groups.length === 0 && least > 0) return [tooFew(undefined, 0, least)];
  return groups
    .filter(({ component, packages }) => packages < least && !isInstaller(component))
    .map((group) => tooFew(group, group.packages, least));
}

/** The installer has some hundred packages where its suite has ten thousands. */
function isInstaller(component: string): boolean {
  return component.endsWith("/debian-installer");
}

function tooFew(group: IndexGroup | undefined, packages: number, least: number): GateRefusal {
  const expected = `at least ${least}`;
  const place = group ? `${groupInWords(group)}: ` : "";
  return {
    check: "min_packages",
    ...(group ? { group: only(group) } : {}),
    found: String(packages),
    expected,
    message: `${place}${packages} packages, expected ${expected}`,
  };
}

function refuseShrunk(
  candidate: TreeCounts,
  production: TreeCounts,
  most: number | undefined,
): GateRefusal[] {
  if (most === undefined) return [];
  return commonGroups(production, candidate)
    .filter(({ before, after }) => isTooMuchLost(before, after, most))
    .map((group) => shrunk(group, most));
}

function shrunk(group: GroupChange, most: number): GateRefusal {
  const { before, after } = group;
  const found = percent((before - after) / before);
  const expected = `at most ${percent(most)}`;
  const message = `${groupInWords(group)}: ${before} packages in production, ${after} here: ${found} fewer, expected ${expected}`;
  return { check: "max_shrink", group: only(group), found, expected, message };
}

function refuseInvalid(
  verified: TreeVerification | undefined,
  warnings: readonly TreeWarning[],
): GateRefusal[] {
  const expected = "a Release that is valid now, signed by a key that counts now";
  const refusals = warnings
    .filter(({ code }) => INVALID.has(code))
    .map(({ code, message }) => refusal(code, message));
  if (verified) return refusals;
  const unknown = "require_valid needs verify: the signatures were not checked";
  return [...refusals, refusal("not verified", unknown)];

  function refusal(found: string, message: string): GateRefusal {
    return { check: "require_valid", found, expected, message };
  }
}

/** What the manifest alone says of an unverified tree. */
function expiredSuites({ suites }: TreeCounts, now: Date): TreeWarning[] {
  return suites.flatMap(({ suite, validUntil }) => {
    if (!validUntil || validUntil.getTime() >= now.getTime()) return [];
    const message = `${suite}: the Release was valid until ${validUntil.toISOString()}`;
    return [{ code: "WARN_SYNC_EXPIRED_RELEASE", suite, message }];
  });
}

function only({ suite, component, architecture }: IndexGroup): IndexGroup {
  return { suite, component, architecture };
}
