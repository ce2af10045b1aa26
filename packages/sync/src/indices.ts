import { SyncError } from "./error.js";
import { Failures } from "./failures.js";
import { isFrozen } from "./frozen.js";
import {
  type HeldVariant,
  type HeldVariants,
  holdVariants,
  type IndexPlaces,
  type UncheckedForm,
} from "./hold-variants.js";
import { ignoredBy } from "./ignore-missing.js";
import type { IndexTarget, IndexVariant } from "./plan-indices.js";
import { rewrites } from "./rewrites.js";
import type { Run } from "./run.js";
import { readableForm } from "./unpack-index.js";

/** An index with the variants of it that the new tree will hold. */
export interface HeldIndex {
  readonly target: IndexTarget;
  readonly variants: readonly HeldVariant[];
}

/** The indices of the new tree. */
export interface HeldIndices {
  readonly indices: readonly HeldIndex[];
  /** Forms that are still to be unpacked to see that they are as listed. */
  readonly unread: readonly UncheckedForm[];
}

/**
 * Gets every variant of every planned index that upstream serves: from the present tree where it
 * holds the same content, else by-hash first. A frozen suite has those of the present tree.
 *
 * @throws SyncError ERR_SYNC_MISSING_INDEX when a required index is absent in every variant
 */
export async function fetchIndices(
  run: Run,
  targets: readonly IndexTarget[],
  places: IndexPlaces,
): Promise<HeldIndices> {
  const { held, failed, refused, asked, unchecked } = rewrites(run.spec)
    ? await holdOneForm(run, targets, places)
    : await holdVariants(run, targets, places);
  const failures = new Failures();
  for (const [{ path }, error] of failed) {
    // A lie says more than what the network did to other files.
    if (error instanceof SyncError) throw error;
    failures.add(path, () => error);
  }
  failures.throwIfAny(run.spec.id);
  warnOfUnread(run, asked);

  const ignored = ignoredBy(run.spec.ignoreMissing);
  const indices = targets.flatMap((target) => {
    const variants = target.variants.flatMap((variant) => held.get(variant) ?? []);
    if (variants.length > 0) return [{ target, variants }];
    if (isFrozen(run.spec, target.suite)) {
      const message = `${target.name}: listed in the Release, not in the tree, and ${target.suite} is frozen`;
      run.warn("WARN_SYNC_INDEX_MISSING", message);
      return [];
    }
    if (target.required && !ignored(target.name)) {
      const [refusal] = target.variants.flatMap((variant) => refused.get(variant) ?? []);
      throw refusal ?? missingIndex(target);
    }
    run.warn("WARN_SYNC_INDEX_MISSING", `${target.name}: listed in the Release, absent upstream`);
    return [];
  });
  const read = new Set(indices.map((index) => formToRead(run, index)));
  return { indices, unread: unchecked.filter((form) => !read.has(form.held)) };
}

/**
 * The form of an index of packages of which the text is read; undefined where none can be, and for
 * indices of another kind.
 */
export function formToRead(run: Run, { target, variants }: HeldIndex): HeldVariant | undefined {
  if (target.kind !== "packages" && target.kind !== "sources") return undefined;
  const forms = variants.map((held) => ({ held, compression: held.variant.compression }));
  return readableForm(forms, run.ports.unpacker)?.held;
}

/**
 * Of the indices that are rewritten only one form is of use, and the others only where upstream
 * lacks that one.
 */
async function holdOneForm(
  run: Run,
  targets: readonly IndexTarget[],
  places: IndexPlaces,
): Promise<HeldVariants> {
  const kept = new Set([...places.present.values()].map(({ sha256 }) => sha256));
  const chosen = new Map(targets.map((target) => [target, chooseForms(run, target, kept)]));
  const narrowed = targets.map((target) => ({ ...target, variants: chosen.get(target) ?? [] }));
  const first = await holdVariants(run, narrowed, places);
  const others = targets.flatMap((target) => {
    const tried = chosen.get(target) ?? [];
    if (tried.some((variant) => first.held.has(variant))) return [];
    return { ...target, variants: target.variants.filter((variant) => !tried.includes(variant)) };
  });
  if (others.length === 0) return first;
  const second = await holdVariants(run, others, places);
  return {
    held: new Map([...first.held, ...second.held]),
    failed: new Map([...first.failed, ...second.failed]),
    refused: new Map([...first.refused, ...second.refused]),
    asked: [...first.asked, ...second.asked],
    unchecked: [...first.unchecked, ...second.unchecked],
  };
}

/** What is here already, else the smallest form that can be read; of other kinds all forms. */
function chooseForms(
  run: Run,
  { kind, variants }: IndexTarget,
  kept: ReadonlySet<string>,
): readonly IndexVariant[] {
  if (kind !== "packages" && kind !== "sources") return variants;
  const readable = variants.filter(({ compression }) => run.ports.unpacker.reads(compression));
  const here = readable.find(({ file }) => file.sha256 !== undefined && kept.has(file.sha256));
  const [smallest] = readable.toSorted((a, b) => a.file.size - b.file.size);
  const one = here ?? smallest;
  return one ? [one] : variants;
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
