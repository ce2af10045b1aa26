import * as z from "zod";
import { cipherSuiteNames } from "./cipher-suites.js";
import { readDuration } from "./duration.js";
import type { Names } from "./expand.js";
import {
  readArchitecture,
  readFingerprint,
  readGlob,
  readLanguage,
  readSection,
  readServerName,
  readSuite,
} from "./name.js";
import { readPath } from "./path.js";
import type { Fault, Reading } from "./reading.js";
import { closest } from "./suggest.js";
import { readProxy, readUrl } from "./url.js";

const SECOND = 1000;
// Longer timers of Node fire at once: 2^31 - 1 ms is a little under 25 days.
const LONGEST_TIMER = 24 * 24 * 3600 * SECOND;
const LONGEST = Number.MAX_SAFE_INTEGER;

/**
 * The keys that are built, each with the schema of its value.
 *
 * Values come out as the program uses them: paths and URLs expanded, durations in ms, integers as
 * numbers. No key has a default here, as a key that is not given leaves the word to another layer.
 */
export function createSchema(names: Names) {
  const url = text((value) => readUrl(value, names));
  const path = text((value) => readPath(value, names));
  const patience = {
    retries: integer(0, 100),
    stall_timeout: duration(SECOND, LONGEST_TIMER, "1s to 24d"),
    give_up_after: duration(SECOND, LONGEST_TIMER, "1s to 24d"),
    proxy: text((value) => readProxy(value, names)),
  };
  const tls = z.object({
    min_version: oneOf("1.2", "1.3"),
    max_version: oneOf("1.2", "1.3"),
    insecure_skip_verify: z.boolean(),
    ca_cert_file: path,
    client_cert_file: path,
    client_key_file: path,
    cipher_suites: list(oneOf(...cipherSuiteNames)),
    server_name: text(readServerName),
  });
  // Who writes the secret itself there does not get to see it again.
  const authFile = text((value) => withoutFound(readPath(value, names)));
  const shared = { ...patience, auth_file: authFile, tls };
  const indices = z.object({
    translations: z.union([z.literal("all"), z.literal(false), list(text(readLanguage), 0)]),
    contents: z.boolean(),
    commands: z.boolean(),
    dep11: z.boolean(),
    installer: only(z.boolean(), false),
    pdiffs: only(z.boolean(), false),
  });
  const mirror = z.object({
    type: only(z.enum(["apt", "rsync", "http", "ftp", "git"]), "apt"),
    url,
    urls: list(url),
    suites: list(text(readSuite)),
    sections: list(text(readSection)),
    architectures: withoutAll(list(text(readArchitecture))),
    mirror_source: z.boolean(),
    indices,
    pgp_key_path: z.union([path, list(path)]),
    pgp_fingerprints: list(text(readFingerprint)),
    no_pgp_check: z.boolean(),
    check_valid_until: z.boolean(),
    allow_rollback: z.boolean(),
    allow_release_info_change: z.boolean(),
    max_future: duration(0, LONGEST, "0s or longer"),
    by_hash: z.enum(["auto", "yes", "no"]),
    ignore_missing: list(text(readGlob), 0),
    publish_to_staging: only(z.boolean(), false),
    root_shows: only(z.string(), "latest"),
    ...shared,
  });
  const level = oneOf("debug", "info", "warn", "error", "warning").transform((value) =>
    value === "warning" ? "warn" : value,
  );
  const log = z.object({ level, format: oneOf("text", "plain", "json") });
  const root = z.object({
    dir: path,
    max_conns: integer(1, 10_000),
    parallel: integer(1, 10_000),
    ...shared,
    log,
    defaults: mirror,
  });
  return { root, mirror };
}

/** What {@link createSchema} returns. */
export type Schema = ReturnType<typeof createSchema>;

function withoutFound<T>(reading: Reading<T>): Reading<T> {
  return "fault" in reading ? { fault: { ...reading.fault, found: null } } : reading;
}

function text<T>(read: (text: string) => Reading<T>) {
  return z.string().transform((value, context) => settle(read(value), context));
}

function duration(least: number, most: number, allowed: string) {
  return text((value) => {
    const reading = readDuration(value);
    if ("fault" in reading || (reading.value >= least && reading.value <= most)) return reading;
    return { fault: { code: "ERR_CONFIG_BAD_VALUE", allowed } };
  });
}

function integer(least: number, most: number) {
  return z.bigint().transform((value, context) => {
    const allowed = `an integer from ${least} to ${most}`;
    const inside = value >= BigInt(least) && value <= BigInt(most);
    return settle(
      inside ? { value: Number(value) } : { fault: { code: "ERR_CONFIG_BAD_VALUE", allowed } },
      context,
    );
  });
}

/** A list without duplicates: a name given twice is most often another name meant. */
function list<T>(item: z.ZodType<T>, least: 0 | 1 = 1) {
  return z.array(z.unknown()).transform((given, context) => {
    if (given.length < least) {
      const fact = "the list must not be empty";
      return settle<T[]>({ fault: { code: "ERR_CONFIG_BAD_VALUE", fact, found: null } }, context);
    }
    const values: T[] = [];
    given.forEach((element, index) => {
      const result = item.safeParse(element);
      if (!result.success) {
        for (const issue of result.error.issues) {
          context.issues.push({ ...issue, path: [index, ...issue.path] } as z.core.$ZodRawIssue);
        }
      } else if (values.includes(result.data)) {
        const fault: Fault = {
          code: "ERR_CONFIG_DUPLICATE_VALUE",
          fact: "the list names it twice",
        };
        context.addIssue({ code: "custom", params: { fault }, path: [index] });
      } else values.push(result.data);
    });
    return values;
  });
}

function withoutAll<T extends z.ZodType<string[]>>(names: T) {
  return names.transform((values, context) => {
    const others = values.filter((value) => value !== "all");
    const fact = "all is implied, at least one other architecture is needed";
    return settle<string[]>(
      others.length > 0 ? { value: others } : { fault: { code: "ERR_CONFIG_BAD_VALUE", fact } },
      context,
    );
  });
}

/** Takes every value that the product contract knows, and only the one that is built. */
function only<T extends z.ZodType<string | boolean>, V extends z.output<T>>(type: T, built: V) {
  return type.transform((value, context) => {
    const code = "ERR_CONFIG_NOT_SUPPORTED_YET";
    const fact = `${JSON.stringify(value)} is not supported yet`;
    const allowed = JSON.stringify(built);
    return settle<V>(
      value === built ? { value: built } : { fault: { code, fact, allowed, found: null } },
      context,
    );
  });
}

function oneOf<const T extends string>(...values: readonly T[]) {
  return text((given): Reading<T> => {
    const value = values.find((one) => one.toLowerCase() === given.toLowerCase());
    if (value !== undefined) return { value };
    const suggestion = closest(given, values);
    const fault: Fault = { code: "ERR_CONFIG_BAD_VALUE" };
    return { fault: suggestion === undefined ? fault : { ...fault, suggestion } };
  });
}

function settle<T>(reading: Reading<T>, context: z.RefinementCtx): T {
  if ("value" in reading) return reading.value;
  context.addIssue({ code: "custom", params: { fault: reading.fault } });
  return z.NEVER;
}
