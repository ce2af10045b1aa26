import { isFiltering } from "./filter.js";
import type { MirrorSpec } from "./spec.js";
import { originalPath, upstreamDirectory } from "./upstream-copy.js";

/** Name of the file that holds the public key, beside the Release files. */
export const PUBLIC_KEY = "Release.key";

/** Release files that the mirror's own key signs. */
const DOCUMENTS = ["InRelease", "Release", "Release.gpg"];

/** Whether clients get other indices of packages than upstream's: where files may be left out. */
export function rewrites({ sign, filters, ignoreMissing }: MirrorSpec): boolean {
  const leavesOut = (filters && isFiltering(filters)) || ignoreMissing.length > 0;
  return sign !== undefined && leavesOut;
}

/** Patches lead to upstream's indices, which a Release of the mirror's own does not list. */
export function withoutPatches(spec: MirrorSpec): MirrorSpec {
  return spec.sign ? { ...spec, indices: { ...spec.indices, pdiffs: false } } : spec;
}

/** What {@link resignedPaths} needs of a suite. */
interface SuiteDocuments {
  readonly directory: string;
  readonly published: readonly { readonly name: string }[];
}

/** What {@link resignedPaths} needs of an index. */
interface Original {
  readonly target: { readonly suite: string; readonly kind: string; readonly name: string };
  readonly variants: readonly { readonly source: { readonly file: { readonly sha256: string } } }[];
}

/**
 * The paths that a tree needs for Release files of the mirror's own, and for what they stand for.
 *
 * @param suites - by the directory of each
 * @param compressions - of the rewritten indices
 */
export function resignedPaths(
  suites: ReadonlyMap<string, SuiteDocuments>,
  indices: readonly Original[],
  compressions: readonly string[],
): string[] {
  const paths: string[] = [];
  for (const { directory, published } of suites.values()) {
    paths.push(...[...DOCUMENTS, PUBLIC_KEY].map((name) => directory + name));
    paths.push(...published.map(({ name }) => upstreamDirectory(directory) + name));
  }
  for (const { target, variants } of indices) {
    if (target.kind !== "packages" && target.kind !== "sources") continue;
    const directory = suites.get(target.suite)?.directory ?? "";
    paths.push(target.name, ...compressions.map((ending) => `${target.name}.${ending}`));
    paths.push(...variants.map(({ source }) => originalPath(directory, source.file.sha256)));
  }
  return paths;
}
