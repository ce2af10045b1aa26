import { checkFilters } from "./check-filters.js";
import { checkFrozen } from "./check-frozen.js";
import { checkPlaces } from "./check-places.js";
import { checkRootShows } from "./check-root-shows.js";
import { checkSign } from "./check-sign.js";
import { checkStaging } from "./check-staging.js";
import { checkTrace } from "./check-trace.js";
import type { Config } from "./config.js";
import { type Document, readDocument, type Source } from "./document.js";
import { type Overrides, readOverlay } from "./env.js";
import { ConfigError, type ConfigProblem } from "./error.js";
import type { Names } from "./expand.js";
import { mergeDocuments } from "./merge.js";
import type { Reading } from "./reading.js";
import { Report } from "./report.js";
import { requireKeys } from "./require.js";
import { resolveConfig } from "./resolve.js";
import { createSchema } from "./schema.js";
import { checkTls } from "./tls-layer.js";
import { validate } from "./validate.js";

/** What a configuration is read with, besides its files. */
export interface ParseOptions extends Names {
  /** What the command line says. */
  readonly overrides?: Overrides | undefined;
  /**
   * `readPattern` of `@mirror/config/patterns`, to have patterns examined. Left out, they are taken
   * as they are: their engine takes longer to load than all the rest, and few files have any.
   */
  readonly readPattern?: ((text: string) => Reading<string>) | undefined;
}

/**
 * Reads a configuration from the text of its files, the main one first.
 *
 * Pure: it touches neither the file system nor the process, and does not ask whether the paths
 * that it finds exist. Values come, later over earlier, from the built-in defaults, `[defaults]`,
 * the mirror's own table, the `MIRRORCTL_*` variables of `env` and `overrides`.
 *
 * @throws {@link ConfigError} with every problem of every file.
 * @throws `TypeError` if there is no source.
 *
 * @example
 * ```ts
 * const text = `
 *   dir = "/srv/mirrors"
 *   [mirrors.debian]
 *   url = "https://deb.debian.org/debian"
 *   suites = ["bookworm"]
 *   sections = ["main"]
 *   architectures = ["amd64"]
 * `;
 * const config = parseConfig([{ path: "mirror.toml", text }], { env: {} });
 * config.mirrors[0]?.urls; // ["https://deb.debian.org/debian/"]
 * ```
 */
export function parseConfig(sources: readonly Source[], options: ParseOptions): Config {
  return parseSources(sources, options, []);
}

/**
 * {@link parseConfig} after problems with other files, which are told together with those that
 * `checkDocument` finds.
 */
export function parseSources(
  sources: readonly Source[],
  options: ParseOptions,
  unread: readonly ConfigProblem[],
  checkDocument: (document: Document) => readonly ConfigProblem[] = () => [],
): Config {
  const path = sources[0]?.path;
  if (path === undefined) throw new TypeError("parseConfig takes at least one source");
  const documents: Document[] = [];
  const problems = [...unread];
  for (const source of sources) {
    const read = readDocument(source);
    if ("problem" in read) problems.push(read.problem);
    else documents.push(read);
  }
  const isComplete = problems.length === 0;
  const merged = mergeDocuments(documents, path);
  const report = new Report(merged.originOf);
  const schema = createSchema(options);
  const overrides = options.overrides ?? {};
  const root = validate(merged.table, schema, report);
  const overlay = readOverlay(options, overrides, schema, report);
  // What is missing may stand in a file that could not be read.
  if (isComplete) {
    requireKeys(root, overlay, report);
    checkTls(root, overlay, report);
    checkPlaces(root, overlay, report);
    checkRootShows(root, report);
    checkStaging(root, report);
    checkFilters(root, report);
    checkSign(root, overlay, report);
    checkTrace(root, report);
    checkFrozen(root, report);
  }
  problems.push(...merged.problems, ...report.problems, ...documents.flatMap(checkDocument));
  throwIfAny(problems, sources);
  return resolveConfig(path, root, overlay, overrides);
}

/** Throws the problems, if there are any, sorted by file and line. */
function throwIfAny(problems: readonly ConfigProblem[], sources: readonly Source[]): void {
  const order = (problem: ConfigProblem) => {
    const index = sources.findIndex(({ path }) => path === problem.file);
    return index === -1 ? sources.length : index;
  };
  const line = (problem: ConfigProblem) => problem.line ?? Number.MAX_SAFE_INTEGER;
  const [first, ...rest] = [...problems].sort((a, b) => order(a) - order(b) || line(a) - line(b));
  if (first !== undefined) throw new ConfigError([first, ...rest]);
}
