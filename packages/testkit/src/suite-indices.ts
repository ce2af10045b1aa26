import { createHash } from "node:crypto";
import { fullDescription, installedPaths } from "./deb.js";
import { type PoolEntry, packageEntry, sourceEntry } from "./pool.js";
import { isFlat, type PackageSpec, type SuiteSpec } from "./repository-spec.js";
import { stanzaText } from "./stanza.js";

/** The unpacked indices of a suite and the pool files that they name. */
export interface SuiteIndices {
  /** Path below the suite to text; compressed and listed by the caller. */
  readonly plain: ReadonlyMap<string, Uint8Array>;
  /** Paths that are only ever written compressed by gzip (Contents). */
  readonly gzipOnly: ReadonlySet<string>;
  /** Paths that are only ever written plain (Release files of architectures). */
  readonly plainOnly: ReadonlySet<string>;
  /** Path below the repository to content. */
  readonly pool: ReadonlyMap<string, Uint8Array>;
}

/** Makes every index that the suite's description asks for. */
export async function suiteIndices(suite: SuiteSpec): Promise<SuiteIndices> {
  const plain = new Map<string, Uint8Array>();
  const gzipOnly = new Set<string>();
  const plainOnly = new Set<string>();
  const packages = suite.packages ?? [];
  const entries = await Promise.all(packages.map((spec) => packageEntry(suite, spec)));
  const sources = await Promise.all((suite.sources ?? []).map((spec) => sourceEntry(suite, spec)));
  const languages = languagesOf(suite);
  const write = (path: string, text: string): void => {
    plain.set(path, Buffer.from(text));
  };
  const listing = (chosen: readonly PoolEntry[]): string =>
    chosen.map((entry) => `${languages.length > 0 ? entry.shortStanza : entry.stanza}\n`).join("");

  if (isFlat(suite.suite)) {
    write("Packages", listing(entries));
    if (suite.sources !== undefined) {
      write("Sources", listing(sources));
    }
  } else {
    for (const component of suite.components ?? ["main"]) {
      const mine = entries.filter((entry) => entry.component === component);
      for (const architecture of indexArchitectures(suite)) {
        const fits = (entry: PoolEntry): boolean =>
          entry.architecture === architecture ||
          (entry.architecture === "all" && suite.binaryAll !== "only");
        const directory = `binary-${architecture}`;
        write(
          `${component}/${directory}/Packages`,
          listing(mine.filter((entry) => !entry.udeb && fits(entry))),
        );
        if (entries.some((entry) => entry.udeb)) {
          write(
            `${component}/debian-installer/${directory}/Packages`,
            listing(mine.filter((entry) => entry.udeb && fits(entry))),
          );
        }
        if (suite.architectureReleases === true) {
          plainOnly.add(`${component}/${directory}/Release`);
          write(
            `${component}/${directory}/Release`,
            stanzaText({
              Archive: suite.suiteName ?? suite.suite,
              Component: component,
              Architecture: architecture,
            }),
          );
        }
        if (suite.contents === true) {
          gzipOnly.add(`${component}/Contents-${architecture}`);
          write(
            `${component}/Contents-${architecture}`,
            contentsOf(suite, architecture, component),
          );
        }
      }
      if (suite.sources !== undefined) {
        const mineToo = sources.filter((entry) => entry.component === component);
        write(`${component}/source/Sources`, listing(mineToo));
      }
      for (const language of languages) {
        write(`${component}/i18n/Translation-${language}`, translation(suite, component, language));
      }
    }
    if (suite.contents === "suite") {
      for (const architecture of indexArchitectures(suite)) {
        gzipOnly.add(`Contents-${architecture}`);
        write(`Contents-${architecture}`, contentsOf(suite, architecture));
      }
    }
  }
  for (const [path, content] of Object.entries(suite.indices ?? {})) {
    plain.set(path, Buffer.from(content));
  }
  const pool = new Map([...entries, ...sources].flatMap((entry) => [...entry.files]));
  return { plain, gzipOnly, plainOnly, pool };
}

/** The architectures that have an index directory of their own. */
export function indexArchitectures(suite: SuiteSpec): readonly string[] {
  const architectures = suite.architectures ?? ["amd64"];
  return suite.binaryAll === undefined ? architectures : ["all", ...architectures];
}

function languagesOf(suite: SuiteSpec): readonly string[] {
  if (suite.translations === undefined || suite.translations === false) {
    return [];
  }
  return suite.translations === true ? ["en"] : suite.translations;
}

function inComponent(suite: SuiteSpec, component: string | undefined): PackageSpec[] {
  const first = suite.components?.[0] ?? "main";
  return (suite.packages ?? []).filter(
    (spec) =>
      spec.udeb !== true && (component === undefined || (spec.component ?? first) === component),
  );
}

function translation(suite: SuiteSpec, component: string, language: string): string {
  return inComponent(suite, component)
    .map((spec) => {
      const description = fullDescription(spec);
      return `${stanzaText({
        Package: spec.package,
        "Description-md5": createHash("md5").update(`${description}\n`).digest("hex"),
        [`Description-${language}`]: description,
      })}\n`;
    })
    .join("");
}

function contentsOf(suite: SuiteSpec, architecture: string, component?: string): string {
  return inComponent(suite, component)
    .filter((spec) => [architecture, "all"].includes(spec.architecture ?? "amd64"))
    .flatMap((spec) =>
      installedPaths(spec).map(
        (path) => `${path.padEnd(60)} ${spec.section ?? "misc"}/${spec.package}\n`,
      ),
    )
    .sort()
    .join("");
}
