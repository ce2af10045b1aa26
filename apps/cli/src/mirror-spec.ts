import type { MirrorConfig } from "@mirror/config";
import type { Filters, MirrorSpec, Sign, Trust } from "@mirror/sync";
import { readBuild } from "./build.js";

/** A mirror of the configuration in the engine's words: sections become components here. */
export function toMirrorSpec(
  mirror: MirrorConfig,
  trust: Trust,
  filters: Filters | undefined,
  sign: Sign | undefined,
): MirrorSpec {
  return {
    id: mirror.id,
    urls: mirror.urls,
    suites: mirror.suites,
    frozen: mirror.frozen,
    components: mirror.sections,
    architectures: mirror.architectures,
    sources: mirror.mirrorSource,
    indices: mirror.indices,
    byHash: mirror.byHash,
    ignoreMissing: mirror.ignoreMissing,
    maxShrink: mirror.maxShrink,
    ...(filters === undefined ? {} : { filters }),
    ...(sign === undefined ? {} : { sign }),
    trust,
    freshness: {
      checkValidUntil: mirror.checkValidUntil,
      allowRollback: mirror.allowRollback,
      allowReleaseInfoChange: mirror.allowReleaseInfoChange,
      maxFuture: mirror.maxFuture,
    },
    ...(mirror.trace
      ? { trace: { ...mirror.trace, creator: `mirrorctl ${readBuild().version}` } }
      : {}),
  };
}
