import type { Config, MirrorConfig } from "@mirror/config";
import { createFetcher, type Fetcher, type HostLimit, type PemFile } from "@mirror/fetch";
import { readBuild } from "./build.js";
import { trusting } from "./ca.js";
import type { Host } from "./host.js";
import type { MirrorJob } from "./mirror-job.js";
import { proxyOf } from "./proxy.js";

/** What all fetchers of one run have in common. */
export interface FetcherSharing {
  readonly config: Config;
  readonly host: Host;
  readonly hostLimit: HostLimit;
  /** `undefined` for Node's own roots. */
  readonly authorities: PemFile | undefined;
}

/**
 * The fetcher for a mirror's upstream. The caller closes it.
 * @throws Whatever kept the mirror's certificates or credentials from being read.
 */
export function openFetcher(
  { config, host, hostLimit, authorities }: FetcherSharing,
  mirror: MirrorConfig,
  network: MirrorJob["network"],
): Fetcher {
  if ("error" in network) throw network.error;
  const proxy = proxyOf(mirror, host.env);
  return createFetcher({
    maxConnections: config.maxConns,
    hostLimit,
    retries: mirror.retries,
    stallTimeout: mirror.stallTimeout,
    giveUpAfter: mirror.giveUpAfter,
    userAgent: `mirrorctl/${readBuild().version}`,
    ...(proxy === undefined ? {} : { proxy }),
    ...(network.credentials === undefined ? {} : { credentials: network.credentials }),
    tls: trusting(network.tls, authorities),
  });
}
