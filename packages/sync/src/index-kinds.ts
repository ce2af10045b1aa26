import type { Release } from "@mirror/deb822";
import type { IndexKinds, MirrorSpec } from "./spec.js";

/** What an index is for. Only `packages` and `sources` are read; the others are mirrored as they are. */
export type IndexKind =
  | "packages"
  | "sources"
  | "translation"
  | "contents"
  | "commands"
  | "dep11"
  | "release";

/** A set of index names, relative to a suite's directory and without compression ending. */
export interface WantedIndex {
  readonly kind: IndexKind;
  /** A mirror without it is incomplete. */
  readonly required: boolean;
  matches(name: string): boolean;
}

/** What decides which indices of a suite are wanted. */
export type IndexWishes = Pick<MirrorSpec, "components" | "architectures" | "sources" | "indices">;

/** Where a suite keeps its components and which architectures it has, as its hash lists show. */
export interface SuiteOffer {
  /** The directory of a component's indices, however it was called; undefined if the suite lacks it. */
  component(name: string): string | undefined;
  architecture(name: string): boolean;
}

const BINARY_OR_SOURCE = /^(.+)\/(?:binary-([^/]+)|source)\/(?:Packages|Sources)(?:\.[a-z0-9]+)?$/;

/** Reads from a Release what its suite offers; paths decide, `Components` only gives other names. */
export function suiteOffer(release: Release): SuiteOffer {
  const directories = new Set<string>();
  const architectures = new Set(release.architectures);
  for (const path of release.files.keys()) {
    const [, directory, architecture] = BINARY_OR_SOURCE.exec(path) ?? [];
    if (!directory || directory.endsWith("/debian-installer")) continue;
    directories.add(directory);
    if (architecture) architectures.add(architecture);
  }
  return {
    // Security archives call a component `updates/main` and keep it below `main/`.
    component(name) {
      const last = name.slice(name.lastIndexOf("/") + 1);
      const prefixed = release.components.filter((known) => known.endsWith(`/${name}`));
      return [name, ...prefixed, last].find((candidate) => directories.has(candidate));
    },
    architecture: (name) => architectures.has(name),
  };
}

/** The indices of a flat repository: `Packages` and `Sources` beside its Release. */
export function flatIndices(sources: boolean): WantedIndex[] {
  const packages: WantedIndex = {
    kind: "packages",
    required: true,
    matches: (name) => name === "Packages",
  };
  const source: WantedIndex = {
    kind: "sources",
    required: true,
    matches: (name) => name === "Sources",
  };
  return sources ? [packages, source] : [packages];
}

/** The indices of an ordinary suite, of the kinds that are asked for. */
export function suiteIndices(wishes: IndexWishes, offer: SuiteOffer): WantedIndex[] {
  const directories = wishes.components
    .map((name) => offer.component(name))
    .filter((directory) => directory !== undefined);
  const architectures = [...wishes.architectures, "all"];
  const wanted = [...new Set(directories)].flatMap((directory) =>
    componentIndices(directory, architectures, wishes),
  );
  if (wishes.indices.contents) {
    wanted.push(
      optional(
        "contents",
        architectures.map((a) => `Contents-${a}`),
      ),
    );
  }
  return wanted;
}

function componentIndices(
  directory: string,
  architectures: readonly string[],
  { indices, sources }: IndexWishes,
): WantedIndex[] {
  const each = (name: (architecture: string) => string) =>
    architectures.map((architecture) => `${directory}/${name(architecture)}`);
  const wanted: WantedIndex[] = [
    {
      ...optional(
        "packages",
        each((a) => `binary-${a}/Packages`),
      ),
      required: true,
    },
    optional(
      "release",
      each((a) => `binary-${a}/Release`),
    ),
  ];
  if (sources) {
    wanted.push(
      { ...optional("sources", [`${directory}/source/Sources`]), required: true },
      optional("release", [`${directory}/source/Release`]),
    );
  }
  if (indices.contents)
    wanted.push(
      optional(
        "contents",
        each((a) => `Contents-${a}`),
      ),
    );
  if (indices.commands)
    wanted.push(
      optional(
        "commands",
        each((a) => `cnf/Commands-${a}`),
      ),
    );
  if (indices.translations !== false) wanted.push(translations(directory, indices.translations));
  if (indices.dep11) {
    wanted.push(
      optional(
        "dep11",
        each((a) => `dep11/Components-${a}.yml`),
      ),
      { kind: "dep11", required: false, matches: (name) => isIcons(directory, name) },
    );
  }
  return wanted;
}

function optional(kind: IndexKind, names: readonly string[]): WantedIndex {
  const set = new Set(names);
  return { kind, required: false, matches: (name) => set.has(name) };
}

function translations(directory: string, languages: IndexKinds["translations"]): WantedIndex {
  const prefix = `${directory}/i18n/Translation-`;
  const named = Array.isArray(languages) ? new Set<string>(languages) : undefined;
  return {
    kind: "translation",
    required: false,
    matches: (name) => name.startsWith(prefix) && (named?.has(name.slice(prefix.length)) ?? true),
  };
}

function isIcons(directory: string, name: string): boolean {
  return name.startsWith(`${directory}/dep11/icons-`) && name.endsWith(".tar");
}
