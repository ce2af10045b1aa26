/** Set by the bundler from package.json and the environment of the build; absent when run from source. */
declare const MIRRORCTL_VERSION: string | undefined;
declare const MIRRORCTL_COMMIT: string | undefined;
declare const MIRRORCTL_BUILT: string | undefined;

/** What is known of this build; what the build did not say stays unknown. */
export interface Build {
  readonly version: string;
  /** Full commit id. */
  readonly commit?: string;
  /** ISO 8601 UTC. */
  readonly built?: string;
}

/** The version, commit and time of this build. */
export function readBuild(): Build {
  return {
    version: typeof MIRRORCTL_VERSION === "string" ? MIRRORCTL_VERSION : "0.0.0-source",
    ...(typeof MIRRORCTL_COMMIT === "string" ? { commit: MIRRORCTL_COMMIT } : {}),
    ...(typeof MIRRORCTL_BUILT === "string" ? { built: MIRRORCTL_BUILT } : {}),
  };
}
