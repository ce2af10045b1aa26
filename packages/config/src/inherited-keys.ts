import type { KeyRow } from "./keys.js";

const DURATION = "duration";
const FLAG = "boolean";

const PATIENCE: Record<string, KeyRow> = {
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

const TLS: Record<string, KeyRow> = {
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

const SNAPSHOT: Record<string, KeyRow> = {
  "snapshot.path": {
    type: "absolute path",
    default: "(<dir>/.mirrorctl/snapshots)",
    meaning: "Where snapshots live.",
  },
  "snapshot.default_name_format": {
    type: "Go time layout",
    default: '"2006-01-02T15-04-05Z"',
    meaning: "Names of snapshots that are given none, in UTC.",
  },
  "snapshot.environments": {
    type: "list of names, or absolute paths with {mirror}",
    default: '["staging", "current"]',
    meaning: "The promotion path in its order; the last one is production.",
  },
  "snapshot.allow_copy": {
    type: FLAG,
    default: "false",
    meaning: "Copy where hard links to the snapshots do not work.",
  },
  "snapshot.prune.keep_last": {
    type: "integer, 0 to 1000000",
    default: "5",
    meaning: "Newest snapshots that prune keeps; 0 keeps none by count.",
  },
  "snapshot.prune.keep_within": {
    type: DURATION,
    default: "(none)",
    meaning: "Age below which prune keeps a snapshot.",
  },
};

/** The keys at the top of the file that a mirror may give itself. */
export const inheritedKeys: Readonly<Record<string, KeyRow>> = {
  ...PATIENCE,
  auth_file: {
    type: "absolute path",
    default: "(none)",
    meaning: "Credentials for servers and proxies, in apt's auth.conf or netrc form.",
  },
  ...TLS,
  ...SNAPSHOT,
};
