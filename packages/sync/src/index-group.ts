/** What an index of packages is about. */
export interface IndexGroup {
  readonly suite: string;
  /** The directory of the component below the suite's own; empty for a flat repository. */
  readonly component: string;
  /** `source` for Sources; empty for a flat repository's Packages, which holds them all. */
  readonly architecture: string;
}

/** An index that lists packages, by its place below its suite's directory. */
export interface NamedIndex extends Omit<IndexGroup, "suite"> {
  readonly kind: "packages" | "sources";
}

const PLACE = /^(.+)\/(?:binary-([^/]+)\/Packages|source\/Sources)$/;

/**
 * What the index of this name is about: undefined for any other file.
 *
 * @param name - below the suite's directory, without compression ending
 */
export function namedIndex(name: string): NamedIndex | undefined {
  if (name === "Packages") return { kind: "packages", component: "", architecture: "" };
  if (name === "Sources") return { kind: "sources", component: "", architecture: "source" };
  const [, component, architecture] = PLACE.exec(name) ?? [];
  if (component === undefined) return undefined;
  return architecture === undefined
    ? { kind: "sources", component, architecture: "source" }
    : { kind: "packages", component, architecture };
}
