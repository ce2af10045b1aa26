import type { DamageTreatment } from "./damage-treatment.js";
import type { Host } from "./host.js";
import { INSECURE } from "./insecure.js";
import { judgeRepaired } from "./judge-repaired.js";
import { type Networks, openMirrorRepairer, readNetworks } from "./mirror-repairer.js";
import { logRepair } from "./render/repaired.js";
import { treeNames } from "./tree-names.js";
import { damageIn, unmended } from "./verified-mirror.js";

/** Mends damage, and looks again at what was mended. */
export function repairTreatment(host: Host): DamageTreatment {
  let networks: Networks = { authorities: undefined, networks: new Map() };
  return {
    async read(mirrors) {
      networks = await readNetworks(mirrors, host);
    },
    async open(round, opened) {
      const { log, collections } = round;
      for (const { mirror } of opened.mirrors)
        if (mirror.tls.insecureSkipVerify) log.warn(INSECURE, { mirror: mirror.id });
      const repairer = await openMirrorRepairer(round, opened, networks);
      return {
        async treat(open, trees) {
          const { id } = open.mirror;
          const damaged = damageIn(trees);
          if (damaged.size === 0) return unmended(id, trees);
          const repair = await repairer.repair(open, damaged);
          logRepair(log, id, repair, treeNames(id, collections));
          return await judgeRepaired(round, open, { trees, repair }, [repair]);
        },
        [Symbol.dispose]: repairer[Symbol.dispose],
      };
    },
  };
}
