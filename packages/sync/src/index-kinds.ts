import type { IndexKinds, MirrorSpec } from "./spec.js";
import type { SuiteOffer } from "./suite-offer.js";

/** What an index is for. Only `packages` and `sources` are read; the others are mirrored as they are. */
export type IndexKind =
  | "packages"
  | "sources"
  | "translation"
  | "contents"
  | "commands"
  | "dep11"
  | "release"
  /** The `Index` of a pdiff directory; it names the patches. */
  | "pdiffs"
  | "patch"
  /** The `SHA256SUMS` of the installer's images; it names them. */
  | "installer";

/** A set of index names, relative to a suite's directory and without compression ending. */
export interface WantedIndex {
  readonly kind: IndexKind;
  /** A mirror without it is incomplete. */
  readonly required: boolean;
  matches(name: string): boolean;
}

/** What decides which indices of a suite are wanted. */
export type IndexWishes = Pick<MirrorSpec, "components" | "architectures" | "sources" | "indices">;

/** The indices of a flat repository, beside its Release: `Packages`, `Sources`, `Contents-*`. */
export function flatIndices({ sources, architectures, indices }: FlatWishes): WantedIndex[] {
  const wanted = [{ ...optional("packages", ["Packages"]), required: true }];
  if (sources) wanted.push({ ...optional("sources", ["Sources"]), required: true });
  if (indices.contents) wanted.push(flatContents(architectures));
  return wanted;
}

type FlatWishes = Omit<IndexWishes, "components">;

/** Where no architectures select stanzas, none select what clients search by file name either. */
function flatContents(architectures: readonly string[]): WantedIndex {
  if (architectures.length > 0) {
    return optional(
      "contents",
      [...architectures, "all"].map((architecture) => `Contents-${architecture}`),
    );
  }
  const matches = (name: string) => /^Contents-(?!udeb-|source$)[^/]+$/.test(name);
  return { kind: "contents", required: false, matches };
}

/** The indices of an ordinary suite, of the kinds that are asked for. */
export function suiteIndices(wishes: IndexWishes, offer: SuiteOffer): WantedIndex[] {
  const directories = wishes.components
    .map((name) => offer.directory(name))
    .filter((directory) => directory !== undefined);
  const architectures = [...wishes.architectures, "all"];
  const wanted = [...new Set(directories)].flatMap((directory) =>
    componentIndices(directory, architectures, wishes),
  );
  if (wishes.indices.contents) {
    const names = ["Contents-", ...(wishes.indices.installer ? ["Contents-udeb-"] : [])];
    wanted.push(
      optional(
        "contents",
        names.flatMap((name) => architectures.map((a) => name + a)),
      ),
    );
  }
  if (wishes.indices.pdiffs) wanted.push(differences(wanted));
  return wanted;
}

/** The kinds that clients update by patches. */
const PATCHED: ReadonlySet<IndexKind> = new Set(["packages", "sources", "translation", "contents"]);

/** `Packages.diff/Index` beside each wanted `Packages`, and its like. */
function differences(wanted: readonly WantedIndex[]): WantedIndex {
  const patched = wanted.filter(({ kind }) => PATCHED.has(kind));
  const end = ".diff/Index";
  return {
    kind: "pdiffs",
    required: false,
    matches(name) {
      if (!name.endsWith(end)) return false;
      const index = name.slice(0, -end.length);
      return patched.some((candidate) => candidate.matches(index));
    },
  };
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
  if (indices.installer) wanted.push(...installer(each, indices.contents));
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

/** The packages of debian-installer, and the lists of its images. */
function installer(
  each: (name: (architecture: string) => string) => string[],
  contents: boolean,
): WantedIndex[] {
  const own = (name: string) => each((a) => `debian-installer/binary-${a}/${name}`);
  const images = ["images", "legacy-images"].flatMap((images) =>
    each((a) => `installer-${a}/current/${images}/SHA256SUMS`),
  );
  return [
    { ...optional("packages", own("Packages")), required: true },
    optional("release", own("Release")),
    optional("installer", images),
    ...(contents
      ? [
          optional(
            "contents",
            each((a) => `Contents-udeb-${a}`),
          ),
        ]
      : []),
  ];
}

/** Whether a file of a Release, by its path there, lists images of the installer. */
export function isImageList(path: string): boolean {
  return /\/installer-[^/]+\/current\/(legacy-)?images\/SHA256SUMS$/.test(path);
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
    matches(name) {
      const language = name.startsWith(prefix) ? name.slice(prefix.length) : "/";
      return !language.includes("/") && (named?.has(language) ?? true);
    },
  };
}

function isIcons(directory: string, name: string): boolean {
  return name.startsWith(`${directory}/dep11/icons-`) && name.endsWith(".tar");
}
