import { compareVersions } from "@mirror/deb822";

/** One version of a package in an index. */
export interface PackageVersion {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

/** The newest version of a package is another one than before. */
export interface VersionChange {
  readonly name: string;
  /** Of the newer tree's package. */
  readonly architecture: string;
  readonly from: string;
  readonly to: string;
  /** Both trees have the older one of the two versions: nothing took its place. */
  readonly olderStays?: true;
}

/** What happened to the packages of one index; each list ordered by name and version. */
export interface PackageDiff {
  readonly added: readonly PackageVersion[];
  readonly removed: readonly PackageVersion[];
  readonly upgraded: readonly VersionChange[];
  readonly downgraded: readonly VersionChange[];
}

/** Options of {@link diffPackages}. */
export interface DiffOptions {
  /** An index holds several architectures: a package of each is a package of its own. */
  readonly byArchitecture?: boolean;
}

/**
 * Compares the packages of two indices, as multisets of versions by name.
 *
 * Where the newest version of before and the newest one of after differ in Debian's order, that is
 * an upgrade or a downgrade; every other version that only one side has is added or removed. Two
 * spellings of one version (`1.0`, `0:1.0`) are one added and one removed. The diff of b and a is
 * the diff of a and b mirrored; before, less what went, with what came, is after.
 */
export function diffPackages(
  before: Iterable<PackageVersion>,
  after: Iterable<PackageVersion>,
  { byArchitecture = false }: DiffOptions = {},
): PackageDiff {
  const old = new Map<string, PackageVersion[]>();
  const fresh = new Map<string, PackageVersion[]>();
  const keyOf = ({ name, architecture }: PackageVersion) =>
    byArchitecture ? `${name} ${architecture}` : name;
  for (const one of before) gather(old, keyOf(one), one);
  for (const one of after) gather(fresh, keyOf(one), one);
  const diff: Changes = { added: [], removed: [], upgraded: [], downgraded: [] };
  for (const [key, versions] of old) compare(versions, fresh.get(key) ?? [], diff);
  for (const [key, versions] of fresh) if (!old.has(key)) compare([], versions, diff);
  diff.added.sort(byVersion);
  diff.removed.sort(byVersion);
  diff.upgraded.sort(byName);
  diff.downgraded.sort(byName);
  return diff;
}

interface Changes {
  readonly added: PackageVersion[];
  readonly removed: PackageVersion[];
  readonly upgraded: VersionChange[];
  readonly downgraded: VersionChange[];
}

function gather(map: Map<string, PackageVersion[]>, key: string, one: PackageVersion): void {
  const known = map.get(key);
  if (known) known.push(one);
  else map.set(key, [one]);
}

function compare(
  before: readonly PackageVersion[],
  after: readonly PackageVersion[],
  diff: Changes,
): void {
  const gone = without(before, after);
  const come = without(after, before);
  if (gone.length === 0 && come.length === 0) return;
  const from = newest(before);
  const to = newest(after);
  const order = from && to ? compareVersions(from.version, to.version) : 0;
  if (from && to && order !== 0) {
    const older = order < 0 ? take(gone, from) : take(come, to);
    take(order < 0 ? come : gone, order < 0 ? to : from);
    const change: VersionChange = {
      name: to.name,
      architecture: to.architecture,
      from: from.version,
      to: to.version,
      ...(older ? {} : { olderStays: true }),
    };
    (order < 0 ? diff.upgraded : diff.downgraded).push(change);
  }
  for (const one of gone) diff.removed.push(plain(one));
  for (const one of come) diff.added.push(plain(one));
}

/** The versions of `all` that `others` lacks; what both have twice, both have twice. */
function without(
  all: readonly PackageVersion[],
  others: readonly PackageVersion[],
): PackageVersion[] {
  const [only, other] = [all[0], others[0]];
  // All but a few packages have one version: no table is made for those.
  if (all.length === 1 && others.length === 1 && only?.version === other?.version) return [];
  const counts = new Map<string, number>();
  for (const { version } of others) counts.set(version, (counts.get(version) ?? 0) + 1);
  return all.filter(({ version }) => {
    const left = counts.get(version) ?? 0;
    if (left > 0) counts.set(version, left - 1);
    return left === 0;
  });
}

/** Of two spellings of the newest version the one that sorts last, so that order decides nothing. */
function newest(versions: readonly PackageVersion[]): PackageVersion | undefined {
  return versions.reduce<PackageVersion | undefined>(
    (best, one) => (best === undefined || byVersion(best, one) < 0 ? one : best),
    undefined,
  );
}

/** Takes one entry of that version out; false where there is none. */
function take(versions: PackageVersion[], { version }: PackageVersion): boolean {
  const at = versions.findIndex((one) => one.version === version);
  if (at !== -1) versions.splice(at, 1);
  return at !== -1;
}

function plain({ name, version, architecture }: PackageVersion): PackageVersion {
  return { name, version, architecture };
}

function byVersion(a: PackageVersion, b: PackageVersion): number {
  return (
    byText(a.name, b.name) ||
    compareVersions(a.version, b.version) ||
    byText(a.version, b.version) ||
    byText(a.architecture, b.architecture)
  );
}

function byName(a: VersionChange, b: VersionChange): number {
  return byText(a.name, b.name) || byText(a.architecture, b.architecture);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
