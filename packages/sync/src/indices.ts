import { SyncError } from "./error.js";
import { Failures } from "./failures.js";
import { type HeldVariant, holdVariants, type IndexPlaces } from "./hold-variants.js";
import { ignoredBy } from "./ignore-missing.js";
import type { IndexTarget, IndexVariant } from "./plan-indices.js";
import type { Run } from "./run.js";

/** An index with the variants of it that the new tree will hold. */
export interface HeldIndex {
  readonly target: IndexTarget;
  readonly variants: readonly HeldVariant[];
}

/**
 * Gets every variant of every planned index that upstream serves: from the present tree where it
 * holds the same content, else by-hash first.
 *
 * @throws SyncError ERR_SYNC_MISSING_INDEX when a required index is absent in every variant,
 * ERR_SYNC_BAD_INDEX when one unpacks to something else than the Release lists
 */
export async function fetchIndices(
  run: Run,
  targets: readonly IndexTarget[],
  places: IndexPlaces,
): Promise<readonly HeldIndex[]> {
  const { held, failed, asked } = await holdVariants(run, targets, places);
  const failures = new Failures();
  for (const [{ path }, error] of failed) {
    // A lie says more than what the network did to other files.
    if (error instanceof SyncError) throw error;
    failures.add(path, () => error);
  }
  failures.throwIfAny(run.spec.id);
  warnOfUnread(run, asked);

  const ignored = ignoredBy(run.spec.ignoreMissing);
  return targets.flatMap((target) => {
    const variants = target.variants.flatMap((variant) => held.get(variant) ?? []);
    if (variants.length > 0) return [{ target, variants }];
    if (target.required && !ignored(target.name)) throw missingIndex(target);
    run.warn("WARN_SYNC_INDEX_MISSING", `${target.name}: listed in the Release, absent upstream`);
    return [];
  });
}

/** Packed forms that no program here unpacks are published by their hash alone. */
function warnOfUnread(run: Run, fetched: readonly IndexVariant[]): void {
  const { unpacker } = run.ports;
  const unread = fetched.map(({ compression }) => compression);
  for (const compression of new Set(unread.filter((one) => one !== "" && !unpacker.reads(one))))
    run.warn(
      "WARN_SYNC_INDEX_UNREAD",
      `nothing here unpacks ${compression}: such indices are published as they came, by their hash alone`,
    );
}

function missingIndex({ suite, name, variants }: IndexTarget): SyncError {
  const forms = variants.map(({ path }) => path.slice(path.lastIndexOf("/") + 1)).join(", ");
  return new SyncError(
    "ERR_SYNC_MISSING_INDEX",
    `${name}: upstream serves none of the forms that the Release lists (${forms})`,
    { suite, path: name, expected: forms },
  );
}
