import type { MirrorConfig } from "@mirror/config";
import type { PemFile } from "@mirror/fetch";
import type { MirrorSpec } from "@mirror/sync";
import { readAuthorities } from "./ca.js";
import { readFilters } from "./filters.js";
import type { Host } from "./host.js";
import { toMirrorSpec } from "./mirror-spec.js";
import { type Network, readNetwork } from "./network.js";
import { readSigning } from "./signing.js";
import { createTrustReader } from "./trust.js";

/** One mirror with everything read that only the starting user may read. */
export interface MirrorJob {
  readonly mirror: MirrorConfig;
  /** What to sync, or why the mirror cannot be synced. */
  readonly spec: MirrorSpec | { readonly error: unknown; readonly doing: string };
  /** How its servers are spoken to, or why they cannot be. */
  readonly network: Network | { readonly error: unknown };
}

/** Reads the files that each mirror names; one that fails leaves the others as they are. */
export async function prepareJobs(mirrors: readonly MirrorConfig[]): Promise<MirrorJob[]> {
  const trust = createTrustReader();
  const readSpec = async (mirror: MirrorConfig): Promise<MirrorJob["spec"]> => {
    let doing = "reading the keyring";
    try {
      const read = await trust.read(mirror);
      doing = "reading the filters";
      const filters = await readFilters(mirror);
      return toMirrorSpec(mirror, read, filters, await readSigning(mirror));
    } catch (error) {
      return { error, doing };
    }
  };
  const orError = (error: unknown) => ({ error });
  return await Promise.all(
    mirrors.map(async (mirror) => {
      const [spec, network] = await Promise.all([
        readSpec(mirror),
        readNetwork(mirror).catch(orError),
      ]);
      return { mirror, spec, network };
    }),
  );
}

/** What was being done when a job could not be prepared. */
export function preparing(job: MirrorJob): string | undefined {
  if ("error" in job.spec) return job.spec.doing;
  return "error" in job.network ? "reading certificates and credentials" : undefined;
}

/** The certificates to trust, read only if something is fetched over the network. */
export async function authoritiesOf(
  mirrors: readonly MirrorConfig[],
  host: Host,
): Promise<PemFile | undefined> {
  // Plain http counts too: it may be redirected to https.
  const network = mirrors.some(({ urls }) => urls.some((url) => url.startsWith("http")));
  return network ? await readAuthorities(host.env) : undefined;
}
