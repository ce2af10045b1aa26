import { previewRepair } from "@mirror/sync";
import type { DamageTreatment } from "./damage-treatment.js";
import { logRepairPreview } from "./render/repaired.js";
import { treeNames } from "./tree-names.js";
import { damageIn, unmended } from "./verified-mirror.js";

/** Says how damage would be mended; asks nobody. */
export const REPAIR_PREVIEW: DamageTreatment = {
  read: async () => {},
  open: async ({ host, log, verifier: { cache }, collections }) => ({
    async treat({ mirror: { id } }, trees) {
      const damaged = damageIn(trees);
      if (damaged.size === 0) return unmended(id, trees);
      const { signal } = host;
      const repair = await previewRepair(id, collections, damaged, { cache, signal });
      logRepairPreview(log, id, repair, treeNames(id, collections));
      return { ...unmended(id, trees), repair };
    },
    [Symbol.dispose]() {},
  }),
};
