import type { Config } from "@mirror/config";
import {
  createFetcher,
  createHostLimit,
  type Fetcher,
  type HostLimit,
  type PemFile,
} from "@mirror/fetch";
import type { Store } from "@mirror/snapshot";
import {
  createPacker,
  createUnpacker,
  type ReuseDirectory,
  type SyncEvent,
  type SyncPorts,
} from "@mirror/sync";
import { readBuild } from "./build.js";
import { trusting } from "./ca.js";
import { freeSpace } from "./free-space.js";
import type { Host } from "./host.js";
import type { MirrorJob } from "./mirror-job.js";
import { collectionOf, storeOf } from "./open-mirrors.js";
import { proxyOf } from "./proxy.js";

/** What the mirrors of one run share. */
export interface Shared {
  readonly config: Config;
  readonly host: Host;
  readonly store: Store;
  readonly hostLimit: HostLimit;
  /** `undefined` for Node's own roots. */
  readonly authorities: PemFile | undefined;
  readonly takeover: Takeover;
  onEvent(event: SyncEvent): void;
}

/** What is taken over of other tools. */
export interface Takeover {
  readonly directories: readonly ReuseDirectory[];
  /** Their links give way to the mirrors' directories. */
  readonly replaceLink: boolean;
}

/** Opens what the mirrors of one run share; touches nothing yet. */
export function openShared(
  config: Config,
  host: Host,
  authorities: PemFile | undefined,
  takeover: Takeover,
  onEvent: (event: SyncEvent) => void,
): Shared {
  return {
    config,
    host,
    store: storeOf(config),
    hostLimit: createHostLimit(config.maxConns),
    authorities,
    takeover,
    onEvent,
  };
}

/**
 * The ports of one mirror's sync. The caller closes the fetcher.
 * @throws Whatever kept the mirror's certificates or credentials from being read.
 */
export function openPorts(shared: Shared, job: MirrorJob): SyncPorts & { fetcher: Fetcher } {
  const { config, host, authorities, store, takeover } = shared;
  const { mirror, network } = job;
  if ("error" in network) throw network.error;
  const proxy = proxyOf(mirror, host.env);
  return {
    fetcher: createFetcher({
      maxConnections: config.maxConns,
      hostLimit: shared.hostLimit,
      retries: mirror.retries,
      stallTimeout: mirror.stallTimeout,
      giveUpAfter: mirror.giveUpAfter,
      userAgent: `mirrorctl/${readBuild().version}`,
      ...(proxy === undefined ? {} : { proxy }),
      ...(network.credentials === undefined ? {} : { credentials: network.credentials }),
      tls: trusting(network.tls, authorities),
    }),
    collection: collectionOf(store, mirror, { replaceLink: takeover.replaceLink }),
    elsewhere: { trees: () => store.trees(), directories: takeover.directories },
    unpacker: createUnpacker(),
    packer: createPacker(),
    now: host.now,
    freeSpace: () => freeSpace(config.dir),
    onEvent: shared.onEvent,
  };
}
