import { filtersDigest } from "./filter-report.js";
import { isFiltering } from "./is-filtering.js";
import { sha256Of } from "./sha256-of.js";
import type { MirrorSpec } from "./spec.js";

/** The form of the digest: raised when the engine would make another tree of the same settings. */
const VERSION = 1;

/**
 * A digest of everything in `spec` that decides what a tree holds or what it is trusted for.
 *
 * The order of suites, components and architectures, and the URLs, decide nothing: a mirror that is
 * told of one more upstream does not sync again.
 */
export function settingsDigest(spec: MirrorSpec): string {
  const { trust, indices } = spec;
  const settings = [
    VERSION,
    [...spec.suites].sort(),
    [...spec.components].sort(),
    [...spec.architectures].sort(),
    spec.sources,
    [
      Array.isArray(indices.translations) ? [...indices.translations].sort() : indices.translations,
      indices.contents,
      indices.commands,
      indices.dep11,
      ...(indices.installer ? ["installer"] : []),
      ...(indices.pdiffs ? ["pdiffs"] : []),
    ],
    spec.byHash,
    [...spec.ignoreMissing].sort(),
    trust.check ? [trust.keyringDigest, [...trust.fingerprints].sort()] : "unchecked",
    // What makes no difference must not change the digest of trees that are there.
    ...(spec.filters && isFiltering(spec.filters) ? [filtersDigest(spec.filters)] : []),
    ...(spec.sign ? [["sign", spec.sign.keyDigest, spec.sign.validFor ?? null]] : []),
    ...(spec.trace ? [["trace", spec.trace.host, spec.trace.maintainer ?? ""]] : []),
  ];
  return sha256Of(JSON.stringify(settings));
}
