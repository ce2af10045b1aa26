import type { DependencyField } from "./closure.js";
import type { LeftOutBy } from "./filter.js";
import type { Verdict } from "./plan-selection.js";

/** Why a version of a package is in a tree, or is not. */
export type PackageReason =
  /** Upstream lists it, and nothing leaves it out. */
  | { readonly kind: "listed" }
  /** A filter would leave it out, but a package that stays depends on it. */
  | {
      readonly kind: "dependency";
      readonly field: DependencyField;
      readonly of: string;
      readonly version: string;
    }
  /** Another index has the same file, and there it stays. */
  | { readonly kind: "same-file" }
  /** A source package of which a binary package stays. */
  | { readonly kind: "source" }
  | { readonly kind: "filter"; readonly filter: LeftOutBy }
  /** Upstream lacks the file, which `ignoreMissing` allows. */
  | { readonly kind: "missing" }
  /** The filters given say otherwise: they are not those that the tree was made with. */
  | { readonly kind: "other-filters" };

/** Why filters let a package stay or leave it out. */
export function reasonOf(verdict: Verdict): PackageReason {
  if (!verdict.stays) return { kind: "filter", filter: verdict.by };
  if (verdict.why !== "dependency")
    return { kind: verdict.why === "picked" ? "listed" : verdict.why };
  const { dependent, field } = verdict.needed;
  return { kind: "dependency", field, of: dependent.name, version: dependent.version };
}

/**
 * Why a source package stays or is left out.
 *
 * @param isWanted - whether a package that stays was built from it; undefined without filters
 */
export function reasonOfSource(isWanted: boolean | undefined): PackageReason {
  if (isWanted === undefined) return { kind: "listed" };
  return isWanted ? { kind: "source" } : { kind: "filter", filter: "sources" };
}
