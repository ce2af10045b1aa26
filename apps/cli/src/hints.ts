import type { ConfigErrorCode } from "@mirror/config";
import type { FetchErrorCode } from "@mirror/fetch";
import type { SnapshotErrorCode } from "@mirror/snapshot";
import type { SyncErrorCode } from "@mirror/sync";
import type { VerifyErrorCode } from "@mirror/verify";
import type { CliErrorCode } from "./error.js";

type Code =
  | CliErrorCode
  | ConfigErrorCode
  | FetchErrorCode
  | SnapshotErrorCode
  | SyncErrorCode
  | VerifyErrorCode;

const AGAIN = "nothing that is published has changed; run the sync again, what was fetched is kept";
const TAMPERED =
  "do not switch the check off: ask whoever runs the repository, or try another of its mirrors in urls";
/** Whoever runs the repository must act. */
export const UPSTREAM =
  "upstream is at fault; try another of its mirrors in urls, or tell its operator";
const NEWER_KEY = "install the repository's newest keyring and name it in pgp_key_path";
const SIGNING_KEY =
  "key_path wants one OpenPGP private key, armored or binary (gpg --export-secret-keys KEY)";
const NEW_SIGNING_KEY =
  "sign with a new RSA 4096 or Ed25519 key (gpg --quick-generate-key), and give its public part to the clients";
/** Ends hints of every command but the one that it names. */
export const EXAMINE = '; "mirrorctl check config" examines it without a sync';
const CORRECT = `correct the configuration${EXAMINE}`;
/** What nobody foresaw. */
export const REPORT = "this is a fault of mirrorctl; report it with the output of --verbose-errors";

/** What to do next, by code. A code without a hint says everything in its message. */
export const HINTS: Readonly<Record<Code, string | undefined>> = {
  ERR_CLI_USAGE: "mirrorctl --help",
  ERR_CLI_UNKNOWN_COMMAND: "mirrorctl --help",
  ERR_CLI_UNKNOWN_OPTION: "mirrorctl --help",
  ERR_CLI_NOT_SUPPORTED_YET: "mirrorctl --help shows what this version has",
  ERR_CLI_UNKNOWN_MIRROR: "name a mirror of the configuration, or a glob such as 'ubuntu*'",
  ERR_CLI_UNREADABLE_FILE: "correct the path, or let the user who runs mirrorctl read the file",
  ERR_CLI_UNREADABLE_DIRECTORY:
    "name the directory that holds the other tool's files, and let the owner of dir read it",
  ERR_CLI_BAD_PROXY: "correct the variable, or set proxy in the configuration",
  ERR_CLI_NO_KEYRING:
    "set pgp_key_path to the repository's keyring, or install debian-archive-keyring or ubuntu-keyring",
  ERR_CLI_NOT_OWNER: "run it as the owner of dir",
  ERR_CLI_NOT_A_DIRECTORY: "set dir to a directory",
  ERR_CLI_UNREADABLE_PROGRAM:
    "install it where everybody can read it (npm install --global --prefix /usr/local mirrorctl)",
  ERR_CLI_NO_TLS:
    "write https:// in url if the server offers it; signatures are checked either way",
  ERR_CLI_UNKNOWN_SNAPSHOT: "mirrorctl snapshot list shows the names",
  ERR_CLI_UNKNOWN_RELEASE: "name one of those, or leave --client out for all suites of the mirror",
  ERR_CLI_NO_CLIENT_KEY:
    "put the key into pgp_key_path, or say with --signed-by where clients have it",
  ERR_CLI_UNKNOWN_ENVIRONMENT: "environments lists them, in the order of the promotion path",
  ERR_CLI_NO_STEP: "environments lists the promotion path; a promote goes one step along it",
  ERR_CLI_NOTHING_SHOWN: "stage a snapshot first: mirrorctl snapshot stage MIRROR NAME",
  ERR_CLI_MOVED_MEANWHILE: "see what it shows now (mirrorctl snapshot list), then decide anew",
  ERR_CLI_UNHEALTHY: "mirrorctl status says more; what is published is untouched",
  ERR_CLI_NOTHING_BEFORE: "name a snapshot: mirrorctl snapshot rollback MIRROR --to NAME",
  ERR_CLI_NOT_SHOWN_BEFORE: "a rollback goes to what production has shown; publish takes any",
  ERR_CLI_NOT_TESTED: "stage it, and test it there, before it is promoted",
  ERR_CLI_NO_SIGNING_KEY:
    "name one in sign.key_path; what upstream signed, nobody else can sign again",
  ERR_CLI_REJECTED: "stage another snapshot",
  ERR_CLI_GATE_REFUSED:
    "what is in production stays; if it is right after all, --no-gate passes the gate, and the history says so",
  ERR_CLI_DAMAGED:
    "do not promote it; a snapshot that verifies is the way back (snapshot rollback --to NAME)",
  ERR_CLI_NOTHING_TO_REMOVE: "mirrorctl status lists the mirrors that are not configured",
  ERR_CLI_STILL_CONFIGURED: "remove its table from the configuration first",
  ERR_CLI_NO_HARD_LINKS:
    "put [snapshot] path on the file system of dir, or set allow_copy = true to have copies",
  ERR_CLI_STOPPED: AGAIN,
  ERR_CLI_UNEXPECTED: REPORT,

  ERR_CONFIG_FILE_MISSING: "write it, or name another file with --config or MIRRORCTL_CONFIG",
  ERR_CONFIG_FILE_UNREADABLE: "let the user who runs mirrorctl read the file",
  ERR_CONFIG_FILE_IS_DIRECTORY: "name the file itself with --config",
  ERR_CONFIG_FILE_TOO_LARGE: CORRECT,
  ERR_CONFIG_NOT_UTF8: "save the file as UTF-8",
  ERR_CONFIG_BAD_TOML: CORRECT,
  ERR_CONFIG_DUPLICATE_KEY: "keep it in one of the two files",
  ERR_CONFIG_UNKNOWN_KEY: CORRECT,
  ERR_CONFIG_NOT_SUPPORTED_YET: "remove it from the configuration; this version cannot do it",
  ERR_CONFIG_MISSING_KEY: CORRECT,
  ERR_CONFIG_WRONG_TYPE: CORRECT,
  ERR_CONFIG_BAD_VALUE: CORRECT,
  ERR_CONFIG_BAD_DURATION: 'durations are written "30d", "12h", "2h30m" or "10s"',
  ERR_CONFIG_BAD_URL: CORRECT,
  ERR_CONFIG_BAD_PATH: CORRECT,
  ERR_CONFIG_BAD_MIRROR_ID: CORRECT,
  ERR_CONFIG_DUPLICATE_VALUE: CORRECT,
  ERR_CONFIG_CONFLICT: CORRECT,
  ERR_CONFIG_UNDEFINED_NAME: "set the variable, or write the value out",
  ERR_CONFIG_NO_MIRRORS: "add a [mirrors.NAME] table to the configuration",
  ERR_CONFIG_WRITABLE_BY_OTHERS:
    "it names commands, so that whoever may write it runs them: chmod go-w FILE",
  ERR_CONFIG_INVALID: CORRECT,

  ERR_SYNC_NO_RELEASE:
    "check url and suites: URL/dists/SUITE/InRelease must exist (flat suite: URL/SUITE/InRelease); if upstream removed the suite, name it in frozen",
  ERR_SYNC_BAD_RELEASE: UPSTREAM,
  ERR_SYNC_FROZEN_NOT_HELD: "take the suite out of frozen for one sync",
  ERR_SYNC_FROZEN_DAMAGED:
    "take the suite out of frozen for one sync, which fetches it again; what is published has not changed",
  ERR_SYNC_EXPIRED_RELEASE:
    "upstream stopped updating this suite, or its mirror is stale; for an archived suite set check_valid_until = false, or name it in frozen once it is here",
  ERR_SYNC_NOT_YET_VALID: "set this machine's clock; or raise max_future if upstream's runs ahead",
  ERR_SYNC_ROLLBACK:
    "the published tree stays as it is; if upstream really went back, set allow_rollback = true",
  ERR_SYNC_RELEASE_CHANGED:
    "if the change is meant (a new stable release, say), set allow_release_info_change = true once",
  ERR_SYNC_SAME_RELEASE_TWICE: "remove one of the two suites: upstream serves the same under both",
  ERR_SYNC_UNKNOWN_COMPONENT: "correct sections",
  ERR_SYNC_UNKNOWN_ARCHITECTURE: "correct architectures",
  ERR_SYNC_BAD_FILTER: CORRECT,
  ERR_SYNC_WEAK_HASH: "the repository must publish SHA256 or SHA512; apt refuses it too",
  ERR_SYNC_UNSAFE_PATH: UPSTREAM,
  ERR_SYNC_MISSING_INDEX: `${UPSTREAM}; ignore_missing lists what may be absent`,
  ERR_SYNC_BAD_INDEX: UPSTREAM,
  ERR_SYNC_CONFLICTING_FILE: "mirror the two suites as two mirrors",
  ERR_SYNC_MISSING_FILE: `${UPSTREAM}; ignore_missing lists what may be absent`,
  ERR_SYNC_FILES_FAILED: AGAIN,
  ERR_SYNC_SHRUNK:
    "what is published stays; if upstream means it, mirrorctl sync MIRROR --allow-shrink, once; or raise max_shrink",
  ERR_SYNC_NOT_PACKED: "free space on the file system of dir; if xz fails, reinstall xz-utils",
  ERR_SYNC_CONTENT_LOST:
    "mirrorctl sync MIRROR --force makes a new tree of what upstream has now; a snapshot that is named stays damaged: delete it, or keep it for the rest",
  ERR_SYNC_NOT_RESIGNED:
    "go back without --reissue; only what a mirror with sign.key_path published can be issued anew",
  ERR_SYNC_NO_SPACE:
    "free space on the file system of dir, or mirror less; what is published is untouched",

  ERR_FETCH_DNS: "check the host name in url, and this machine's name resolution",
  ERR_FETCH_CONNECT: "check that the host and port of url can be reached from here, or set proxy",
  ERR_FETCH_TLS: '"mirrorctl check tls MIRROR" shows what the server offers',
  ERR_FETCH_BAD_TLS_FILE:
    "ca_cert_file, SSL_CERT_FILE, client_cert_file and client_key_file want PEM; the key must be unencrypted and fit the certificate",
  ERR_FETCH_BAD_AUTH_FILE:
    'write "machine HOST login USER password SECRET", as apt_auth.conf(5) has it',
  ERR_FETCH_PROXY:
    "check proxy, or http_proxy and https_proxy of the environment, and its password in the URL or in auth_file",
  ERR_FETCH_BROKEN: AGAIN,
  ERR_FETCH_PROTOCOL: UPSTREAM,
  ERR_FETCH_STALLED: AGAIN,
  ERR_FETCH_HTTP_STATUS:
    "check url, and the credentials in it or in auth_file, or try another mirror in urls",
  ERR_FETCH_REDIRECT: "set url to where the repository is now",
  ERR_FETCH_SIZE_MISMATCH:
    "upstream may be in the middle of an update: run the sync again in a while",
  ERR_FETCH_DIGEST_MISMATCH:
    "upstream may be in the middle of an update: run the sync again in a while",
  ERR_FETCH_TOO_LARGE: UPSTREAM,
  ERR_FETCH_NO_SIZE: UPSTREAM,
  ERR_FETCH_READ: "url names a directory that the owner of dir can read, with plain files below it",
  ERR_FETCH_WRITE: "check free space, inodes and rights of dir; what is published is untouched",
  ERR_FETCH_ABORTED: AGAIN,

  ERR_VERIFY_NOT_CLEARSIGNED:
    "the server answered with something else than a Release (a login page?); open the URL in a browser",
  ERR_VERIFY_BAD_CLEARSIGN: TAMPERED,
  ERR_VERIFY_BAD_SIGNATURE_FORMAT: UPSTREAM,
  ERR_VERIFY_TOO_LARGE: UPSTREAM,
  ERR_VERIFY_BAD_KEYRING:
    "pgp_key_path wants OpenPGP public keys, armored or binary (gpg --export)",
  ERR_VERIFY_BAD_SIGNATURE: TAMPERED,
  ERR_VERIFY_REVOKED_KEY: NEWER_KEY,
  ERR_VERIFY_EXPIRED_KEY: NEWER_KEY,
  ERR_VERIFY_EXPIRED_SIGNATURE: UPSTREAM,
  ERR_VERIFY_FUTURE_SIGNATURE:
    "set this machine's clock; or raise max_future if upstream's runs ahead",
  ERR_VERIFY_WEAK_HASH: "the repository must sign with SHA-256 or stronger; apt refuses it too",
  ERR_VERIFY_WEAK_KEY:
    "the repository must sign with a stronger key; newer versions of apt refuse it too",
  ERR_VERIFY_UNUSABLE_KEY: NEWER_KEY,
  ERR_VERIFY_WRONG_FINGERPRINT:
    "if the repository changed its key, check the new one and correct pgp_fingerprints",
  ERR_VERIFY_UNKNOWN_KEY:
    "get the repository's keyring (packages debian-archive-keyring, ubuntu-keyring; else from its owner's own site), compare its fingerprint (gpg --show-keys FILE) and name it in pgp_key_path",
  ERR_VERIFY_UNSUPPORTED_SIGNATURE: UPSTREAM,
  ERR_VERIFY_BAD_SIGNING_KEY: SIGNING_KEY,
  ERR_VERIFY_NO_PRIVATE_KEY: SIGNING_KEY,
  ERR_VERIFY_NO_PASSPHRASE: "name the file that holds the key's passphrase in passphrase_file",
  ERR_VERIFY_WRONG_PASSPHRASE: "correct the file that passphrase_file names",
  ERR_VERIFY_SIGNING_KEY_REVOKED: NEW_SIGNING_KEY,
  ERR_VERIFY_SIGNING_KEY_EXPIRED:
    "give the key more time (gpg --quick-set-expire), export it anew, and renew the clients' copy",
  ERR_VERIFY_SIGNING_KEY_WEAK: NEW_SIGNING_KEY,
  ERR_VERIFY_SIGNING_KEY_UNUSABLE: NEW_SIGNING_KEY,

  ERR_SNAPSHOT_BAD_NAME: "names are letters, digits, dots, dashes and underscores",
  ERR_SNAPSHOT_UNSAFE_PATH: UPSTREAM,
  ERR_SNAPSHOT_PATH_CONFLICT: UPSTREAM,
  ERR_SNAPSHOT_NOT_AS_RECORDED:
    "a file of the tree is damaged: mirrorctl verify MIRROR --repair mends it",
  ERR_SNAPSHOT_FOREIGN_ENTRY: "mirrorctl did not make this and leaves it alone: move it away",
  ERR_SNAPSHOT_TREE_EXISTS: "take another name; for a snapshot, --force replaces one not in use",
  ERR_SNAPSHOT_NO_TREE: "mirrorctl sync makes one",
  ERR_SNAPSHOT_NO_SNAPSHOT: "mirrorctl snapshot list shows the names",
  ERR_SNAPSHOT_IN_USE:
    "let what shows it show another snapshot first; snapshot delete --force removes its pointers too",
  ERR_SNAPSHOT_PROTECTED: "mirrorctl snapshot unprotect MIRROR NAME, or --force",
  ERR_SNAPSHOT_OTHER_FILE_SYSTEM:
    "put [snapshot] path on the file system of dir, or set allow_copy = true to have copies",
  ERR_SNAPSHOT_NOT_SEALED: REPORT,
  ERR_SNAPSHOT_DANGLING_POINTER:
    "something removed what the link shows: restore it, or remove the link and sync again",
  ERR_SNAPSHOT_BAD_MANIFEST:
    "its record is damaged: delete such a snapshot (snapshot delete MIRROR NAME); for latest, remove the link and sync again",
  ERR_SNAPSHOT_NEWER_FORMAT: "a newer mirrorctl wrote this: use that version or a newer one",
  ERR_SNAPSHOT_LOCKED: "let it finish, or wait for it with --wait",
  ERR_SNAPSHOT_LOCK_FAILED: "dir must be on a file system with flock(2), and flock be installed",
  ERR_SNAPSHOT_ABORTED: AGAIN,
  ERR_SNAPSHOT_NOT_SYNCED: "check the disk: the file system could not store what was written",
  ERR_SNAPSHOT_WRITE: "check free space, inodes and rights of dir; what is published is untouched",
  ERR_SNAPSHOT_READ: "check the disk and the rights below dir",
};
