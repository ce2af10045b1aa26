import type { MirrorConfig } from "@mirror/config";
import type { MirrorSpec } from "@mirror/sync";
import { readAuthorities } from "./ca.js";
import type { Host } from "./host.js";
import { toMirrorSpec } from "./mirror-spec.js";
import { createTrustReader } from "./trust.js";

/** One mirror with everything read that only the starting user may read. */
export interface MirrorJob {
  readonly mirror: MirrorConfig;
  /** What to sync, or why the mirror cannot be synced. */
  readonly spec: MirrorSpec | { readonly error: unknown };
}

/** Reads the keyring files of each mirror; one that fails leaves the others as they are. */
export async function prepareJobs(mirrors: readonly MirrorConfig[]): Promise<MirrorJob[]> {
  const trust = createTrustReader();
  return await Promise.all(
    mirrors.map(async (mirror) => {
      try {
        return { mirror, spec: toMirrorSpec(mirror, await trust.read(mirror)) };
      } catch (error) {
        return { mirror, spec: { error } };
      }
    }),
  );
}

/** The certificates to trust, read only if something is fetched over the network. */
export async function authoritiesOf(
  mirrors: readonly MirrorConfig[],
  host: Host,
): Promise<string | undefined> {
  // Plain http counts too: it may be redirected to https.
  const network = mirrors.some(({ urls }) => urls.some((url) => url.startsWith("http")));
  return network ? await readAuthorities(host.env) : undefined;
}
