import type { Config, MirrorConfig } from "@mirror/config";
import { createFetcher, createHostLimit, type Fetcher, type HostLimit } from "@mirror/fetch";
import { openStore, type Store } from "@mirror/snapshot";
import { createUnpacker, type SyncEvent, type SyncPorts } from "@mirror/sync";
import { readBuild } from "./build.js";
import { freeSpace } from "./free-space.js";
import type { Host } from "./host.js";
import { proxyOf } from "./proxy.js";

/** What the mirrors of one run share. */
export interface Shared {
  readonly config: Config;
  readonly host: Host;
  readonly store: Store;
  readonly hostLimit: HostLimit;
  /** PEM, or `undefined` for Node's own roots. */
  readonly authorities: string | undefined;
  onEvent(event: SyncEvent): void;
}

/** Opens what the mirrors of one run share; touches nothing yet. */
export function openShared(
  config: Config,
  host: Host,
  authorities: string | undefined,
  onEvent: (event: SyncEvent) => void,
): Shared {
  return {
    config,
    host,
    store: openStore({ dir: config.dir }),
    hostLimit: createHostLimit(config.maxConns),
    authorities,
    onEvent,
  };
}

/** The ports of one mirror's sync. The caller closes the fetcher. */
export function openPorts(shared: Shared, mirror: MirrorConfig): SyncPorts & { fetcher: Fetcher } {
  const { config, host, authorities } = shared;
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
      ...(authorities === undefined ? {} : { ca: authorities }),
    }),
    collection: shared.store.collection(mirror.id),
    unpacker: createUnpacker(),
    now: host.now,
    freeSpace: () => freeSpace(config.dir),
    onEvent: shared.onEvent,
  };
}
