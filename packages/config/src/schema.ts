import * as z from "zod/mini";
import { cipherSuiteNames } from "./cipher-suites.js";
import { filtersSchema } from "./filters-schema.js";
import { readMinFree } from "./min-free.js";
import {
  readArchitecture,
  readFingerprint,
  readGlob,
  readLanguage,
  readSection,
  readServerName,
  readSuite,
} from "./name.js";
import type { ParseOptions } from "./parse.js";
import { readPath } from "./path.js";
import { readPercentage } from "./percentage.js";
import { promoteSchema } from "./promote-schema.js";
import type { Reading } from "./reading.js";
import { signSchema } from "./sign-schema.js";
import { snapshotSchema } from "./snapshot-schema.js";
import { traceSchema } from "./trace-schema.js";
import { readProxy, readUrl } from "./url.js";
import { duration, integer, list, oneOf, only, text, timer, withoutAll } from "./value-kinds.js";

/**
 * The keys that are built, each with the schema of its value.
 *
 * Values come out as the program uses them: paths and URLs expanded, durations in ms, integers as
 * numbers. No key has a default here, as a key that is not given leaves the word to another layer.
 */
export function createSchema(names: ParseOptions) {
  const url = text((value) => readUrl(value, names));
  const path = text((value) => readPath(value, names));
  const patience = {
    retries: integer(0, 100),
    stall_timeout: timer(),
    give_up_after: timer(),
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
  const shared = { ...patience, auth_file: authFile, tls, snapshot: snapshotSchema(names) };
  const indices = z.object({
    translations: z.union([z.literal("all"), z.literal(false), list(text(readLanguage), 0)]),
    contents: z.boolean(),
    commands: z.boolean(),
    dep11: z.boolean(),
    installer: z.boolean(),
    pdiffs: z.boolean(),
  });
  const mirror = z.object({
    type: only(z.enum(["apt", "rsync", "http", "ftp", "git"]), "apt"),
    url,
    urls: list(url),
    suites: list(text(readSuite)),
    frozen: list(text(readSuite), 0),
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
    max_future: duration(),
    by_hash: z.enum(["auto", "yes", "no"]),
    ignore_missing: list(text(readGlob), 0),
    max_shrink: text(readPercentage),
    trace: traceSchema(),
    publish_to_staging: z.boolean(),
    root_shows: z.string(),
    promote: promoteSchema(),
    filters: filtersSchema(names),
    sign: signSchema(names),
    ...shared,
  });
  const level = z.pipe(
    oneOf("debug", "info", "warn", "error", "warning"),
    z.transform((value) => (value === "warning" ? "warn" : value)),
  );
  const log = z.object({ level, format: oneOf("text", "plain", "json") });
  const root = z.object({
    dir: path,
    max_conns: integer(1, 10_000),
    parallel: integer(1, 10_000),
    min_free: text(readMinFree),
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
