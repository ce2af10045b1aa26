import { settingsDigest } from "./settings-digest.js";
import type { MirrorSpec } from "./spec.js";

/**
 * A digest of what in `spec` chooses the files of a tree: while it stays the same, a file that is in
 * no list any more has left upstream, and was not taken out by the administrator.
 */
export function scopeDigest(spec: MirrorSpec): string {
  const { trace: _unlisted, ...files } = spec;
  return settingsDigest({ ...files, ignoreMissing: [], trust: { check: false } });
}
