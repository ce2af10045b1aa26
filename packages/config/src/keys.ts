import { unsupportedKeys } from "./unsupported.js";

/** One key of the configuration file, for help texts and reference documentation. */
export interface ConfigKey {
  /** TOML path; `<id>` stands for a mirror's id. `[defaults]` takes every key of a mirror too. */
  readonly path: string;
  /** The values it takes, as a phrase. */
  readonly type: string;
  /** The value it has when it is not given, as TOML, or a phrase in parentheses. */
  readonly default?: string;
  /** It has no default and must be given. */
  readonly required?: true;
  /** The environment variable that overrides it. */
  readonly variable?: string;
  /** What it is for, in one line. */
  readonly meaning: string;
  /** `default-only`: accepted with its default, refused by name with another value. */
  readonly support: "yes" | "default-only" | "not-yet";
}

type Row = Omit<ConfigKey, "path" | "support"> & { support?: ConfigKey["support"] };

const DURATION = "duration";
const FLAG = "boolean";

const PATIENCE: Record<string, Row> = {
  retries: {
    type: "integer, 0 to 100",
    default: "5",
    meaning: "Further tries of a request that failed.",
  },
  stall_timeout: {
    type: `${DURATION}, 1s to 24d`,
    default: '"30s"',
    meaning: "Silence after which a connection is given up.",
  },
  give_up_after: {
    type: `${DURATION}, 1s to 24d`,
    default: '"2m"',
    meaning: "Time after which a file that does not arrive is given up.",
  },
  proxy: {
    type: 'http or https URL, or "none"',
    default: "(from HTTP_PROXY, HTTPS_PROXY and NO_PROXY)",
    meaning: "The proxy that requests go through.",
  },
};

const VERSION = '"1.2" or "1.3"';

const TLS: Record<string, Row> = {
  "tls.min_version": { type: VERSION, default: '"1.2"', meaning: "Least version of TLS." },
  "tls.max_version": { type: VERSION, default: "(none)", meaning: "Greatest version of TLS." },
  "tls.insecure_skip_verify": {
    type: FLAG,
    default: "false",
    meaning: "Trust any server; warns on every run.",
  },
  "tls.ca_cert_file": {
    type: "absolute path",
    default: "(the system's certificates)",
    meaning: "PEM file of authorities that replace the system's.",
  },
  "tls.client_cert_file": {
    type: "absolute path",
    default: "(none)",
    meaning: "PEM file of the certificate to show; needs client_key_file.",
  },
  "tls.client_key_file": {
    type: "absolute path",
    default: "(none)",
    meaning: "PEM file of the key of client_cert_file, unencrypted.",
  },
  "tls.cipher_suites": {
    type: "list of IANA names of cipher suites",
    default: "(Node's)",
    meaning: "Cipher suites offered; a TLS version that none is named for keeps its own.",
  },
  "tls.server_name": {
    type: "host name",
    default: "(the host of the URL)",
    meaning: "Name asked for (SNI) and verified.",
  },
};

const CREDENTIALS: Row = {
  type: "absolute path",
  default: "(none)",
  meaning: "Credentials for servers and proxies, in apt's auth.conf or netrc form.",
};

const GLOBAL: Record<string, Row> = {
  dir: {
    type: "absolute path",
    required: true,
    variable: "MIRRORCTL_DIR",
    meaning: "Where the mirrors live.",
  },
  max_conns: {
    type: "integer, 1 to 10000",
    default: "10",
    variable: "MIRRORCTL_MAX_CONNS",
    meaning: "Connections per mirror, and to one upstream host over all mirrors.",
  },
  parallel: { type: "integer, 1 to 10000", default: "4", meaning: "Mirrors synced at a time." },
  ...PATIENCE,
  auth_file: CREDENTIALS,
  ...Object.fromEntries(
    Object.entries(TLS).map(([name, row]) => [
      name,
      { ...row, variable: `MIRRORCTL_${name.replace(".", "_").toUpperCase()}` },
    ]),
  ),
  "log.level": {
    type: '"debug", "info", "warn" or "error"',
    default: '"info"',
    variable: "MIRRORCTL_LOG_LEVEL",
    meaning: "The least important messages that are logged.",
  },
  "log.format": {
    type: '"text", "plain" or "json"',
    default: '"text"',
    variable: "MIRRORCTL_LOG_FORMAT",
    meaning: "How log lines look; plain has neither colour nor dressing.",
  },
  defaults: { type: "table", meaning: "Keys of a mirror, for all mirrors that do not set them." },
  mirrors: { type: "table of mirrors", required: true, meaning: "The mirrors, each by its id." },
};

const MIRROR: Record<string, Row> = {
  type: { type: '"apt"', default: '"apt"', meaning: "What kind of archive is mirrored." },
  url: { type: "http or https URL", meaning: "The archive's base URL; this or urls is required." },
  urls: {
    type: "list of http or https URLs",
    meaning: "Base URLs asked in this order; what one lacks is asked of the next.",
  },
  suites: {
    type: "list of suites",
    required: true,
    meaning: "Suites or codenames; one that ends in / is a flat repository.",
  },
  sections: {
    type: "list of components",
    default: "(required unless every suite is flat)",
    meaning: "The components that are mirrored.",
  },
  architectures: {
    type: "list of architectures",
    default: "(required unless every suite is flat)",
    meaning: "The architectures that are mirrored; all is implied.",
  },
  mirror_source: { type: FLAG, default: "false", meaning: "Mirror source packages too." },
  "indices.translations": {
    type: '"all", a list of languages, or false',
    default: '"all"',
    meaning: "Translated descriptions that are mirrored.",
  },
  "indices.contents": { type: FLAG, default: "true", meaning: "Mirror Contents indices." },
  "indices.commands": { type: FLAG, default: "true", meaning: "Mirror command-not-found indices." },
  "indices.dep11": { type: FLAG, default: "true", meaning: "Mirror AppStream metadata and icons." },
  "indices.installer": {
    type: FLAG,
    default: "false",
    support: "default-only",
    meaning: "Mirror debian-installer indices and images.",
  },
  "indices.pdiffs": {
    type: FLAG,
    default: "false",
    support: "default-only",
    meaning: "Mirror index differences.",
  },
  pgp_key_path: {
    type: "absolute path, or a list of them",
    default: "(the system's archive keyrings)",
    meaning: "Keyring files, armored or binary, whose keys count.",
  },
  pgp_fingerprints: {
    type: "list of fingerprints",
    default: "(every key of the keyrings)",
    meaning: "The only primary keys that count.",
  },
  no_pgp_check: { type: FLAG, default: "false", meaning: "Accept anything unsigned." },
  check_valid_until: {
    type: FLAG,
    default: "true",
    meaning: "Refuse a Release whose Valid-Until has passed.",
  },
  allow_rollback: {
    type: FLAG,
    default: "false",
    meaning: "Follow upstream back to an older Release.",
  },
  allow_release_info_change: {
    type: FLAG,
    default: "false",
    meaning: "Accept another Codename, Origin or Label than before.",
  },
  max_future: {
    type: DURATION,
    default: '"10s"',
    meaning: "How far dates of upstream may lie in the future.",
  },
  by_hash: {
    type: '"auto", "yes" or "no"',
    default: '"auto"',
    meaning: "Fetch and publish indices by hash; auto does as each Release says.",
  },
  ignore_missing: {
    type: "list of globs",
    default: "[]",
    meaning: "Pool files and indices that upstream may lack.",
  },
  publish_to_staging: {
    type: FLAG,
    default: "false",
    support: "default-only",
    meaning: "Stage the snapshot of each sync.",
  },
  root_shows: {
    type: '"latest" or an environment',
    default: '"latest"',
    support: "default-only",
    meaning: "What the links of the mirror's own directory show.",
  },
  ...Object.fromEntries(
    Object.entries({ ...PATIENCE, auth_file: CREDENTIALS, ...TLS }).map(([name, row]) => [
      name,
      { ...row, default: `(the global ${name})` },
    ]),
  ),
};

/** Every key of the configuration file, those that are not built yet included. */
export const configKeys: readonly ConfigKey[] = [
  ...rows(GLOBAL, ""),
  ...rows(MIRROR, "mirrors.<id>."),
  ...unsupportedKeys,
];

function rows(table: Record<string, Row>, prefix: string): ConfigKey[] {
  return Object.entries(table).map(([name, row]) => ({
    path: prefix + name,
    support: "yes",
    ...row,
  }));
}
