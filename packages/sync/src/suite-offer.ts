import type { Release } from "@mirror/deb822";
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
      const last = component.slice(component.lastIndexOf("/") + 1);
      return prefixed.get(component) ?? (listed.has(last) ? last : undefined);
    },
    lists: (directory, what) => listed.get(directory)?.has(what) ?? false,
  };
}

/**
 * Compares the wishes with what ordinary suites offer: what one suite lacks is a warning, what all
 * lack is an error.
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
): SyncWarning[] {
  if (offers.length === 0) return [];
  const lacking: string[] = [];
  const demand = (what: string, has: (offer: SuiteOffer) => boolean, error: () => SyncError) => {
    const without = offers.filter((offer) => !has(offer));
    if (without.length === offers.length) throw error();
    for (const { suite } of without) lacking.push(`${suite}: does not offer ${what}`);
  };
  const directories = (offer: SuiteOffer) =>
    components.flatMap((component) => offer.directory(component) ?? []);
  const anywhere = (offer: SuiteOffer, what: string) =>
    directories(offer).some((directory) => offer.lists(directory, what));

  for (const component of components) {
    const has = (offer: SuiteOffer) => offer.directory(component) !== undefined;
    demand(`component ${component}`, has, () => unknownComponent(component, offers));
  }
  for (const architecture of architectures) {
    const has = (offer: SuiteOffer) => anywhere(offer, `binary-${architecture}`);
    const what = `architecture ${architecture}`;
    demand(what, has, () => unknownArchitecture(architecture, offers));
  }
  if (sources) {
    demand(
      "source packages",
      (offer) => anywhere(offer, "source"),
      () => noSources(offers),
    );
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
  return lacking.map((message) => ({ code: "WARN_SYNC_NOT_OFFERED", message }));
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

function noSources(offers: readonly SuiteOffer[]): SyncError {
  const suites = offers.map(({ suite }) => suite).join(", ");
  const message = `no suite offers Sources of the components configured: ${suites}`;
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
