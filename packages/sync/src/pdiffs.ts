import { Deb822Error, parseDiffIndex } from "@mirror/deb822";
import { FetchError } from "@mirror/fetch";
import { checkUnpacked } from "./check-unpacked.js";
import { SyncError } from "./error.js";
import { Failures } from "./failures.js";
import { type HeldVariant, holdVariants, type IndexPlaces, packedIndex } from "./hold-variants.js";
import type { HeldIndex } from "./indices.js";
import type { IndexTarget } from "./plan-indices.js";
import { type PatchPlan, planPatches } from "./plan-patches.js";
import { indexReader, type Run } from "./run.js";
import { type IndexReader, type PackedIndex, readableForm, unpackIndex } from "./unpack-index.js";

/** The largest pdiff Index that is read, in bytes; those of Debian have some 30 KB. */
const MAX_INDEX = 4 << 20;

/** What makes a patch worth leaving out its directory: upstream has it otherwise than listed. */
const OTHER_CONTENT = new Set(["ERR_FETCH_SIZE_MISMATCH", "ERR_FETCH_DIGEST_MISMATCH"]);

/**
 * Gets every patch that the pdiff indices among these list, and returns all: an `Index` of which a
 * patch is missing or not as listed is left out with a warning, as clients then take the whole index.
 *
 * @throws FetchError, SyncError ERR_SYNC_FILES_FAILED where the network fails
 */
export async function addPatches(
  run: Run,
  indices: readonly HeldIndex[],
  places: IndexPlaces,
): Promise<readonly HeldIndex[]> {
  if (!indices.some(({ target }) => target.kind === "pdiffs")) return indices;
  const plans = new Map<HeldIndex, readonly IndexTarget[]>();
  const leftOut = new Map<HeldIndex, string>();
  for (const index of indices) {
    if (index.target.kind !== "pdiffs") continue;
    const plan = await readPlan(run, index);
    if ("patches" in plan) plans.set(index, plan.patches);
    else leftOut.set(index, plan.leftOut);
  }
  const { held, failed, unchecked } = await holdVariants(run, [...plans.values()].flat(), places);
  const faults = await checkUnpacked(run, unchecked);
  const failures = new Failures();
  const patches = new Map<HeldIndex, HeldIndex[]>();
  for (const [index, targets] of plans) {
    const own: HeldIndex[] = [];
    for (const target of targets) {
      for (const variant of target.variants) {
        const error = failed.get(variant) ?? faults.get(variant);
        const one = error ? undefined : held.get(variant);
        if (one) own.push({ target, variants: [one] });
        else if (error && !isOtherContent(error)) failures.add(variant.path, () => error);
        else leftOut.set(index, `${variant.path} is ${error ? "not as listed" : "missing"}`);
      }
    }
    patches.set(index, own);
  }
  failures.throwIfAny(run.spec.id);
  for (const [{ target }, why] of leftOut)
    run.warn("WARN_SYNC_PDIFFS_LEFT_OUT", `${target.name}: left out with its patches: ${why}`);
  return indices.flatMap((index) =>
    leftOut.has(index) ? [] : [index, ...(patches.get(index) ?? [])],
  );
}

/** What the text of a pdiff Index lists, or why it cannot be used. */
export async function readPatches(
  reader: IndexReader,
  suite: string,
  form: PackedIndex,
): Promise<PatchPlan> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of unpackIndex(reader, {
      ...form,
      limit: Math.min(form.limit, MAX_INDEX),
    }))
      chunks.push(chunk);
    const text = new TextDecoder().decode(Buffer.concat(chunks));
    const directory = form.path.slice(0, form.path.lastIndexOf("/") + 1);
    return planPatches(suite, directory, parseDiffIndex(text));
  } catch (error) {
    if (error instanceof SyncError || error instanceof Deb822Error)
      return { leftOut: error.message };
    throw error;
  }
}

async function readPlan(run: Run, { target, variants }: HeldIndex): Promise<PatchPlan> {
  const forms = variants.map((held) => ({ ...held, compression: held.variant.compression }));
  const form: HeldVariant | undefined = readableForm(forms, run.ports.unpacker);
  if (!form) return { leftOut: "none of its forms can be read here" };
  return readPatches(indexReader(run), target.suite, packedIndex(target, form));
}

function isOtherContent(error: Error): boolean {
  if (error instanceof SyncError) return error.code === "ERR_SYNC_BAD_INDEX";
  return error instanceof FetchError && OTHER_CONTENT.has(error.code);
}
