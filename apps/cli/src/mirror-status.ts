import type { Collection, SealedTree } from "@mirror/snapshot";
import {
  type FilterCounts,
  filterCountsOf,
  lastChecked,
  packagesOf,
  type SuiteReport,
  suitesOf,
} from "@mirror/sync";
import { roleOf } from "./environments.js";
import type { OpenMirror } from "./open-mirrors.js";

const DAY = 24 * 60 * 60 * 1000;
/** How long before a Valid-Until there is a warning, in ms. */
const SOON = 3 * DAY;

/** What a pointer shows. */
export interface PointerStatus {
  readonly pointer: string;
  /** `latest`, `staging`, `production`, or an environment's own name. */
  readonly role: string;
  /** A generation or a snapshot; absent where the pointer is. */
  readonly shows?: string;
  readonly files?: number;
  readonly bytes?: number;
  readonly suites: readonly SuiteReport[];
  /** What filters did when it was made; absent where none left anything out. */
  readonly filters?: FilterCounts;
  /** The first Valid-Until of its suites, of frozen ones only where the mirror signs them. */
  readonly validUntil?: Date;
  /** Why it cannot be said what it shows. */
  readonly broken?: string;
}

/** How a mirror stands. */
export interface MirrorStatus {
  readonly id: string;
  /** When a sync last learned what upstream has, and when that last changed something. */
  readonly checked?: Date;
  readonly changed?: Date;
  /** The last sync, where it failed. */
  readonly failed?: { readonly at: Date; readonly message: string };
  /** Suites that are not asked for upstream; absent where there are none. */
  readonly frozen?: readonly string[];
  readonly packages: number;
  readonly snapshots: number;
  readonly pointers: readonly PointerStatus[];
  /** What `--check` fails for, as sentences. */
  readonly problems: readonly string[];
  /** What is worth knowing and fails nothing. */
  readonly remarks: readonly string[];
}

/**
 * Finds out how a mirror stands. Takes no lock.
 * @param maxAge - Age of the last check that is a problem, in ms.
 */
export function statusOf(open: OpenMirror, now: Date, maxAge: number | undefined): MirrorStatus {
  const { mirror, collection } = open;
  const pointers = [
    pointerStatus(open, "latest", "latest"),
    ...mirror.snapshot.environments.map((environment) =>
      pointerStatus(open, environment, roleOf(mirror, environment)),
    ),
  ];
  const [latest] = pointers;
  const tree = latest?.shows === undefined ? undefined : collection.latest();
  const checked = lastChecked(collection);
  const failed = lastFailure(collection, checked);
  const expiring = pointers.flatMap((pointer) => expiryOf(pointer, now));
  const problems = [
    ...(failed === undefined ? [] : [`the last sync failed: ${failed.message}`]),
    ...ageProblem(checked, now, maxAge),
    ...pointers.flatMap(({ pointer, broken }) =>
      broken === undefined ? [] : [`${pointer}: ${broken}`],
    ),
    ...expiring.flatMap(({ role, text }) => (role === "production" ? [text] : [])),
  ];
  return {
    id: mirror.id,
    ...(checked === undefined ? {} : { checked }),
    ...(tree === undefined ? {} : { changed: new Date(tree.header().created) }),
    ...(failed === undefined ? {} : { failed }),
    ...(mirror.frozen.length === 0 ? {} : { frozen: mirror.frozen }),
    packages: tree === undefined ? 0 : packagesOf(tree),
    snapshots: collection.snapshots().length,
    pointers,
    problems,
    remarks: expiring.flatMap(({ role, text }) => (role === "production" ? [] : [text])),
  };
}

function pointerStatus(
  { mirror, collection }: OpenMirror,
  pointer: string,
  role: string,
): PointerStatus {
  const nothing = { pointer, role, suites: [] };
  let tree: SealedTree | undefined;
  try {
    tree = collection.resolve(pointer);
    if (tree === undefined) return nothing;
    const { files, bytes } = tree.header();
    const suites = suitesOf(tree);
    // What the mirror signs anew expires for clients all the same.
    const judged = suites.filter(
      ({ suite, resigned }) => resigned !== undefined || !mirror.frozen.includes(suite),
    );
    const ends = judged.flatMap(({ validUntil }) => validUntil ?? []);
    const first = ends.sort((a, b) => a.getTime() - b.getTime())[0];
    const filters = filterCountsOf(tree);
    const shown = {
      ...{ pointer, role, shows: tree.generation, files, bytes, suites },
      ...(filters === undefined ? {} : { filters }),
    };
    return first === undefined ? shown : { ...shown, validUntil: first };
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    return { ...nothing, broken: error.message };
  }
}

/** The last sync of the history, if it failed and none has got through to upstream since. */
function lastFailure(collection: Collection, checked: Date | undefined): MirrorStatus["failed"] {
  let failed: MirrorStatus["failed"];
  for (const { kind, at, note } of collection.history()) {
    if (kind === "sync") failed = undefined;
    if (kind !== "sync-failed") continue;
    const said = typeof note === "object" && note !== null && "message" in note && note.message;
    failed = { at, message: typeof said === "string" ? said : "no reason is on record" };
  }
  return failed !== undefined && checked !== undefined && checked > failed.at ? undefined : failed;
}

function ageProblem(checked: Date | undefined, now: Date, maxAge: number | undefined): string[] {
  if (maxAge === undefined) return [];
  if (checked === undefined) return ["never synced"];
  const age = now.getTime() - checked.getTime();
  return age <= maxAge ? [] : [`last checked ${ageText(age)} ago`];
}

function expiryOf({ role, validUntil, shows }: PointerStatus, now: Date) {
  if (validUntil === undefined || shows === undefined) return [];
  const left = validUntil.getTime() - now.getTime();
  if (left > SOON) return [];
  const when = left < 0 ? `expired ${ageText(-left)} ago` : `expires in ${ageText(left)}`;
  return [{ role, text: `${role} shows ${shows}, which ${when} (Valid-Until)` }];
}

/** A span of time for people, by its largest unit: `5m`, `26h`, `12d`. */
export function ageText(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 120) return `${minutes}m`;
  if (minutes < 72 * 60) return `${Math.floor(minutes / 60)}h`;
  return `${Math.floor(minutes / (24 * 60))}d`;
}
