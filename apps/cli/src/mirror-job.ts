import type { MirrorConfig } from "@mirror/config";
import type { MirrorSpec, Trust } from "@mirror/sync";
import type { Keyring } from "@mirror/verify";
import { readAuthorities } from "./ca.js";
import type { Host } from "./host.js";
import { readNamedKeyrings, readSystemKeyrings } from "./keyrings.js";
import { toMirrorSpec } from "./mirror-spec.js";
import type { Log } from "./render/log.js";

/** One mirror with everything read that only the starting user may read. */
export interface MirrorJob {
  readonly mirror: MirrorConfig;
  /** What to sync, or why the mirror cannot be synced. */
  readonly spec: MirrorSpec | { readonly error: unknown };
}

/** Reads the keyrings of each mirror; one that fails leaves the others as they are. */
export async function prepareJobs(
  mirrors: readonly MirrorConfig[],
  log: Log,
): Promise<MirrorJob[]> {
  const keyrings = new Map<string, Promise<Keyring>>();
  const keyringOf = (mirror: MirrorConfig): Promise<Keyring> => {
    const key = mirror.pgpKeyPath.join("\0");
    const known = keyrings.get(key);
    if (known !== undefined) return known;
    const reading =
      mirror.pgpKeyPath.length > 0
        ? readNamedKeyrings(mirror.pgpKeyPath)
        : readSystemKeyrings((path, error) => {
            log.warn(
              `${path}: keyring passed over: ${error instanceof Error ? error.message : error}`,
            );
          });
    keyrings.set(key, reading);
    return reading;
  };
  const trustOf = async (mirror: MirrorConfig): Promise<Trust> =>
    mirror.noPgpCheck
      ? { check: false }
      : { check: true, keyring: await keyringOf(mirror), fingerprints: mirror.pgpFingerprints };
  return await Promise.all(
    mirrors.map(async (mirror) => {
      try {
        return { mirror, spec: toMirrorSpec(mirror, await trustOf(mirror)) };
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
