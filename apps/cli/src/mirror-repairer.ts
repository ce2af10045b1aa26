import type { MirrorConfig } from "@mirror/config";
import { createHostLimit, type PemFile } from "@mirror/fetch";
import type { Collection } from "@mirror/snapshot";
import { type RepairReport, repairTrees } from "@mirror/sync";
import type { TreatingRound } from "./damage-treatment.js";
import { freeSpaceBeside } from "./free-space.js";
import type { Host } from "./host.js";
import { authoritiesOf, type MirrorJob } from "./mirror-job.js";
import { readNetwork } from "./network.js";
import { openFetcher } from "./open-fetcher.js";
import type { OpenMirror, OpenMirrors } from "./open-mirrors.js";
import { openDisplay } from "./render/sync-display.js";
import { takeLock } from "./take-lock.js";

/** How the upstreams of mirrors are spoken to. */
export interface Networks {
  readonly authorities: PemFile | undefined;
  readonly networks: ReadonlyMap<string, MirrorJob["network"]>;
}

/** Reads certificates and credentials, which only the starting user may be able to do. */
export async function readNetworks(
  mirrors: readonly MirrorConfig[],
  host: Host,
): Promise<Networks> {
  const networks = new Map<string, MirrorJob["network"]>();
  for (const mirror of mirrors) {
    const read = await readNetwork(mirror).catch((error: unknown) => ({ error }));
    networks.set(mirror.id, read);
  }
  return { authorities: await authoritiesOf(mirrors, host), networks };
}

/** Mends trees of mirrors. Its disposal gives the terminal back. */
export interface MirrorRepairer extends Disposable {
  /** @param damaged - contents, by their SHA256 */
  repair(open: OpenMirror, damaged: ReadonlySet<string>): Promise<RepairReport>;
}

/** Opens what the repairs of one command share. */
export async function openMirrorRepairer(
  { verb, flags, host, log, verifier: { cache }, collections }: TreatingRound,
  { config, mirrors, who }: OpenMirrors,
  { authorities, networks }: Networks,
): Promise<MirrorRepairer> {
  const command = `${verb} --repair`;
  const configs = mirrors.map(({ mirror }) => mirror);
  const display = await openDisplay({ log, mirrors: configs, flags, host });
  const sharing = { config, host, authorities, hostLimit: createHostLimit(config.maxConns) };
  const { signal } = host;
  return {
    async repair({ mirror }, damaged) {
      const network = networks.get(mirror.id);
      if (network === undefined) throw new TypeError(`${mirror.id}: its network was not read`);
      const fetcher = openFetcher(sharing, mirror, network);
      const ports = {
        fetcher,
        collections,
        now: host.now,
        freeSpace: freeSpaceBeside(config.minFree),
        onEvent: display.listen,
      };
      const locking = { command, wait: flags.wait, host, log };
      const lock = (collection: Collection) => takeLock(collection, "sync", locking);
      try {
        const options = { by: who, command, lock, cache, signal };
        return await repairTrees(mirror, ports, damaged, options);
      } finally {
        display.finish(mirror.id);
        await fetcher.close();
      }
    },
    [Symbol.dispose]: display.close,
  };
}
