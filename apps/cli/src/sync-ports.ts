import type { Config } from "@mirror/config";
import { createHostLimit, type Fetcher, type PemFile } from "@mirror/fetch";
import type { Store } from "@mirror/snapshot";
import {
  createPacker,
  createUnpacker,
  type FreeSpace,
  type ReuseDirectory,
  readFreeSpace,
  type SyncEvent,
  type SyncPorts,
} from "@mirror/sync";
import type { Host } from "./host.js";
import type { MirrorJob } from "./mirror-job.js";
import { type FetcherSharing, openFetcher } from "./open-fetcher.js";
import { collectionOf, storeOf } from "./open-mirrors.js";
import { reserveOf } from "./reserve.js";
import { createSpaceClaims, type SpaceClaims } from "./space-claims.js";

/** What the mirrors of one run share. */
export interface Shared extends FetcherSharing {
  readonly store: Store;
  readonly takeover: Takeover;
  readonly claims: SpaceClaims;
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
  const claims = createSpaceClaims();
  return {
    config,
    host,
    store: storeOf(config),
    hostLimit: createHostLimit(config.maxConns),
    authorities,
    takeover,
    claims,
    onEvent(event) {
      claims.listen(event);
      onEvent(event);
    },
  };
}

/**
 * The ports of one mirror's sync. The caller closes the fetcher.
 * @throws Whatever kept the mirror's certificates or credentials from being read.
 */
export function openPorts(shared: Shared, job: MirrorJob): SyncPorts & { fetcher: Fetcher } {
  const { host, store, takeover } = shared;
  const { mirror, network } = job;
  return {
    fetcher: openFetcher(shared, mirror, network),
    collection: collectionOf(store, mirror, { replaceLink: takeover.replaceLink }),
    elsewhere: { trees: () => store.trees(), directories: takeover.directories },
    unpacker: createUnpacker(),
    packer: createPacker(),
    now: host.now,
    freeSpace: (directory) => spaceFor(mirror.id, directory, shared),
    onEvent: shared.onEvent,
  };
}

/** What a mirror may count on, on the file system of a directory. */
async function spaceFor(
  id: string,
  directory: string,
  { config, claims }: Shared,
): Promise<FreeSpace> {
  const [there, store] = await Promise.all([readFreeSpace(directory), readFreeSpace(config.dir)]);
  const { bytes, inodes, size, device } = there;
  const own = { bytes, inodes, reserve: reserveOf(config.minFree, size) };
  // Asked last: others may have claimed room in the meantime.
  return device === store.device ? { ...own, claimed: claims.ofOthers(id) } : own;
}
