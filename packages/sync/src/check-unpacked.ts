import { SyncError } from "./error.js";
import { packedIndex, type UncheckedForm } from "./hold-variants.js";
import { inLanes } from "./lanes.js";
import type { IndexVariant } from "./plan-indices.js";
import { indexReader, type Run } from "./run.js";
import { unpackIndex } from "./unpack-index.js";

/** Programs that unpack run beside this process: so many at a time. */
const LANES = 4;

/**
 * Unpacks forms to see that they are what the Release lists: a client that takes another form must
 * read the same. Uncompressed ones were hashed as they came.
 *
 * @returns what does not fit, and why
 */
export async function checkUnpacked(
  run: Run,
  forms: readonly UncheckedForm[],
): Promise<ReadonlyMap<IndexVariant, SyncError>> {
  const faults = new Map<IndexVariant, SyncError>();
  await inLanes(forms, LANES, async ({ target, held }) => {
    const packed = packedIndex(target, held);
    const { unpacker } = run.ports;
    if (!packed.unpacked || !unpacker.reads(packed.compression)) return;
    try {
      for await (const _chunk of unpackIndex(indexReader(run), packed));
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      faults.set(held.variant, error);
    }
  });
  return faults;
}
