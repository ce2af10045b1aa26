import type { Release } from "@mirror/deb822";
import { bareComponent } from "./component-name.js";
import { SyncError } from "./error.js";
import type { SyncWarning } from "./report.js";
import type { MirrorSpec } from "./spec.js";

/** What a suite has, as its hash lists show: paths decide, `Components` only gives other names. */
export interface SuiteOffer {
  readonly suite: string;
  readonly release: Release;
  /** Where the indices of a component lie, however it was called; undefined if the suite lacks it. */
  directory(component: string): string | undefined;
  /** True if `binary-<architecture>/Packages` or `source/Sources` is listed in a directory. */
  lists(directory: string, what: string): boolean;
}

/** What a flat suite has as its hash lists show: its architectures are known by its stanzas alone. */
export interface FlatOffer {
  readonly suite: string;
  readonly hasSources: boolean;
}

const BINARY_OR_SOURCE = /^(.+)\/(?:(binary-[^/]+)\/Packages|(source)\/Sources)(?:\.[a-z0-9]+)?$/;

/** Reads from a Release what its suite offers. */
export function suiteOffer(suite: string, release: Release): SuiteOffer {
  const listed = new Map<string, Set<string>>();
  for (const path of release.files.keys()) {
    const [, directory, binary, source] = BINARY_OR_SOURCE.exec(path) ?? [];
    const what = binary ?? source;
    if (directory === undefined || what === undefined) continue;
    if (directory.endsWith("/debian-installer")) continue;
    listed.set(directory, (listed.get(directory) ?? new Set()).add(what));
  }
  const prefixed = new Map<string, string>();
  for (const known of release.components) {
    if (!listed.has(known)) continue;
    for (let at = known.indexOf("/"); at !== -1; at = known.indexOf("/", at + 1)) {
      prefixed.set(known.slice(at + 1), known);
    }
  }
  return {
    suite,
    release,
    // Security archives call a component `updates/main` and keep it below `main/`.
    directory(component) {
      if (listed.has(component)) return component;
      const last = bareComponent(component);
      return prefixed.get(component) ?? (listed.has(last) ? last : undefined);
    },
    lists: (directory, what) => listed.get(directory)?.has(what) ?? false,
  };
}

/**
 * Compares the wishes with what suites offer: what one suite lacks is a warning, what all lack is an
 * error. The architectures of flat suites are for {@link compareFlatOffers} to judge.
 *
 * @throws SyncError ERR_SYNC_UNKNOWN_COMPONENT, ERR_SYNC_UNKNOWN_ARCHITECTURE, or
 * ERR_SYNC_MISSING_INDEX when sources are wanted and no suite has them
 */
export function compareOffers(
  {
    components,
    architectures,
    sources,
  }: Pick<MirrorSpec, "components" | "architectures" | "sources">,
  offers: readonly SuiteOffer[],
  flat: readonly FlatOffer[],
): SyncWarning[] {
  const lacking: string[] = [];
  const demand = (
    what: string,
    all: readonly { suite: string; has: boolean }[],
    error: (() => SyncError) | undefined,
  ) => {
    const without = all.filter(({ has }) => !has);
    if (error && all.length > 0 && without.length === all.length) throw error();
    for (const { suite } of without) lacking.push(`${suite}: does not offer ${what}`);
  };
  const each = (has: (offer: SuiteOffer) => boolean) =>
    offers.map((offer) => ({ suite: offer.suite, has: has(offer) }));
  const directories = (offer: SuiteOffer) =>
    components.flatMap((component) => offer.directory(component) ?? []);
  const anywhere = (offer: SuiteOffer, what: string) =>
    directories(offer).some((directory) => offer.lists(directory, what));

  for (const component of components) {
    const all = each((offer) => offer.directory(component) !== undefined);
    demand(`component ${component}`, all, () => unknownComponent(component, offers));
  }
  for (const architecture of architectures) {
    const all = each((offer) => anywhere(offer, `binary-${architecture}`));
    const error = () => unknownArchitecture(architecture, offers);
    demand(`architecture ${architecture}`, all, flat.length === 0 ? error : undefined);
  }
  if (sources) {
    const all = each((offer) => anywhere(offer, "source"));
    all.push(...flat.map(({ suite, hasSources }) => ({ suite, has: hasSources })));
    demand("source packages", all, () => noSources(all));
  }

  const kinds = [...architectures.map((name) => `binary-${name}`), ...(sources ? ["source"] : [])];
  for (const offer of offers) {
    for (const directory of directories(offer)) {
      for (const what of kinds) {
        if (offer.lists(directory, what) || !anywhere(offer, what)) continue;
        lacking.push(`${offer.suite}: does not offer ${directory}/${what}`);
      }
    }
  }
  return lacking.map(notOffered);
}

/**
 * Compares the architectures that are wanted with those of the stanzas of flat suites, as
 * {@link compareOffers} does with indices. Packages for every architecture are for those wanted too:
 * a suite that lists nothing else lacks none.
 *
 * @param listed - by flat suite, the architectures of its stanzas
 * @param elsewhere - the architectures that ordinary suites have indices of
 * @throws SyncError ERR_SYNC_UNKNOWN_ARCHITECTURE
 */
export function compareFlatOffers(
  architectures: readonly string[],
  listed: ReadonlyMap<string, ReadonlySet<string>>,
  elsewhere: ReadonlySet<string>,
): SyncWarning[] {
  const lacking: string[] = [];
  for (const architecture of architectures) {
    const without = [...listed].filter(([, names]) => lacks(names, architecture));
    if (listed.size > 0 && without.length === listed.size && !elsewhere.has(architecture)) {
      const found = without
        .map(([suite, names]) => `${suite} offers ${some([...names])}`)
        .join("; ");
      const message = `no suite offers packages for architecture ${architecture}: ${found}`;
      const facts = { expected: architecture, found };
      throw new SyncError("ERR_SYNC_UNKNOWN_ARCHITECTURE", message, facts);
    }
    for (const [suite] of without)
      lacking.push(`${suite}: does not offer architecture ${architecture}`);
  }
  return lacking.map(notOffered);
}

function lacks(names: ReadonlySet<string>, architecture: string): boolean {
  return !names.has(architecture) && [...names].some((name) => name !== "all");
}

function notOffered(message: string): SyncWarning {
  return { code: "WARN_SYNC_NOT_OFFERED", message };
}

function unknownComponent(name: string, offers: readonly SuiteOffer[]): SyncError {
  const found = inWords(offers, ({ release, directory }) =>
    release.components.filter((component) => directory(component) !== undefined),
  );
  const message = `no suite offers component ${name}: ${found}`;
  return new SyncError("ERR_SYNC_UNKNOWN_COMPONENT", message, { expected: name, found });
}

function unknownArchitecture(name: string, offers: readonly SuiteOffer[]): SyncError {
  const found = inWords(offers, ({ release }) => release.architectures);
  const message = `no suite offers Packages for architecture ${name}: ${found}`;
  return new SyncError("ERR_SYNC_UNKNOWN_ARCHITECTURE", message, { expected: name, found });
}

function noSources(lacking: readonly { readonly suite: string }[]): SyncError {
  const suites = lacking.map(({ suite }) => suite).join(", ");
  const message = `no suite offers the Sources that are wanted: ${suites}`;
  return new SyncError("ERR_SYNC_MISSING_INDEX", message, { expected: "Sources" });
}

function inWords(
  offers: readonly SuiteOffer[],
  names: (offer: SuiteOffer) => readonly string[],
): string {
  return offers.map((offer) => `${offer.suite} offers ${some(names(offer))}`).join("; ");
}

/** The names that fit into a message: a Release may list a million. */
function some(names: readonly string[]): string {
  const shown = names.slice(0, 20).join(", ") || "none";
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
}
