/** A suite, as clients and its Release call it. */
export interface NamedSuite {
  /** As it stands in sources: flat ones end in `/`. */
  readonly suite: string;
  readonly codename?: string;
}

/**
 * The suites that clients of a release use: those that are called so, or by its name with more behind
 * a dash or a slash, as `noble-updates` and `buster/updates` are. The codename counts besides the name, as
 * a mirror may call its suites `stable`.
 */
export function suitesOfRelease<T extends NamedSuite>(
  suites: readonly T[],
  release: string,
): readonly T[] {
  return suites.filter((suite) => namesOf(suite).some((name) => belongsTo(name, release)));
}

/** The releases whose clients find suites here, by every name that they have. */
export function releasesOf(suites: readonly NamedSuite[]): readonly string[] {
  const names = [...new Set(suites.flatMap(namesOf))];
  const isRelease = (name: string) =>
    names.every((other) => other === name || !belongsTo(name, other));
  return names.filter(isRelease).sort();
}

/** Releases whose apt takes no keys inside a source: it does from 2.3.10 on. */
const OLD = [
  ...["wheezy", "jessie", "stretch", "buster", "bullseye"],
  ...["precise", "trusty", "xenial", "bionic", "focal", "groovy", "hirsute", "impish"],
];

/** Whether keys inside a source are lost on clients of any of these releases. */
export function needsKeyFile(releases: readonly string[]): boolean {
  return releases.some((release) => OLD.includes(release));
}

function belongsTo(name: string, release: string): boolean {
  return name === release || name.startsWith(`${release}-`) || name.startsWith(`${release}/`);
}

function namesOf({ suite, codename }: NamedSuite): string[] {
  const name = suite.replace(/\/+$/, "");
  return [name, codename ?? ""].filter((one) => one !== "" && one !== ".");
}
