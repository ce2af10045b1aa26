import { SNAPSHOT_VERBS } from "./snapshot-verbs.js";
import { MIRROR, MIRRORS, type VerbSpec } from "./verb-spec.js";

/** The commands that are built, by their words. */
export const VERBS = {
  sync: {
    usage: "sync [ids..]",
    describe: "Bring mirrors up to date with their upstream",
    positionals: { ids: { ...MIRRORS, describe: "Mirrors to sync, by name or glob" } },
    options: {
      force: {
        type: "boolean",
        describe: "Build a new tree although nothing has changed, all of it checked anew",
      },
      "allow-shrink": {
        type: "boolean",
        describe: "Publish what lost more packages at once than max_shrink allows",
      },
      reuse: {
        type: "list",
        describe: "Take files from this directory instead of downloading them; may be repeated",
      },
      "replace-link": {
        type: "boolean",
        describe: "Put the mirror's directory in the place of another tool's link of its name",
      },
    },
    examples: [
      ["sync", "Sync every mirror of the configuration"],
      ["sync ubuntu-noble", "Sync one mirror"],
      ["sync 'ubuntu*' --wait", "Sync some, after whoever syncs them now"],
      ["sync --dry-run", "Say what a sync would download, and change nothing"],
      ["sync debian --allow-shrink", "Follow an upstream that dropped packages on purpose"],
      ["sync --reuse /srv/debmirror", "Take over what another tool has fetched"],
    ],
  },
  ...SNAPSHOT_VERBS,
  verify: {
    usage: "verify [ids..]",
    describe: "Check every file of a mirror against its manifest and signed metadata",
    positionals: { ids: MIRRORS },
    options: {
      snapshots: { type: "boolean", describe: "Every snapshot too" },
      repair: {
        type: "boolean",
        describe: "Put what is damaged in its place again, in every tree that has it",
      },
    },
    examples: [
      ["verify", "Hash all that latest shows, of every mirror"],
      ["verify ubuntu-noble --snapshots", "One mirror, and all of its snapshots"],
      ["verify --snapshots --repair --dry-run", "Say what would be mended, and from where"],
      ["verify debian --repair", "Take what is damaged from other trees, or from upstream"],
    ],
  },
  status: {
    usage: "status [ids..]",
    describe: "Say how each mirror stands, and what its pointers show",
    positionals: { ids: MIRRORS },
    options: {
      check: { type: "boolean", describe: "Fail where a mirror failed, is old, or expires" },
      "max-age": { type: "string", describe: "Age of the last check that is a problem [no limit]" },
    },
    examples: [
      ["status", "All mirrors"],
      ["status --check --max-age 26h", "For a monitoring system"],
    ],
  },
  explain: {
    usage: "explain <id> <package>",
    describe: "Say why a package is in a mirror or not",
    positionals: { id: MIRROR, package: { describe: "Name of a package" } },
    options: {},
    examples: [["explain debian nginx", "Every version that upstream lists, in or out"]],
  },
  history: {
    usage: "history <id>",
    describe: "Say what changed, when, and who did it",
    positionals: { id: MIRROR },
    options: { at: { type: "string", describe: "Say what each pointer showed at this time" } },
    examples: [
      ["history ubuntu-noble", "Everything that is on record"],
      ["history ubuntu-noble --at 2025-10-14T12:00:00Z", "What clients saw then"],
    ],
  },
  remove: {
    usage: "remove <id>",
    describe: "Remove all of a mirror that is no longer configured",
    positionals: { id: { describe: "Mirror, by its full name" } },
    options: {},
    examples: [["remove old-mirror --dry-run", "Say what it would free"]],
  },
  "check config": {
    usage: "check config",
    describe: "Validate the configuration and the files that it names",
    positionals: {},
    options: {},
    examples: [
      ["check config", "Check /etc/mirrorctl/mirror.toml"],
      ["check config -c ./mirror.toml --json", "Check a file, for a program"],
    ],
  },
  "check tls": {
    usage: "check tls <ids..>",
    describe: "Probe the https servers of mirrors with their own settings",
    positionals: { ids: { describe: "Mirrors to probe, by name or glob", fallback: "none" } },
    options: {},
    examples: [["check tls debian", "Say what its server offers, and if it is trusted"]],
  },
  "generate sudoers": {
    usage: "generate sudoers [ids..]",
    describe: "Print sudo rules that let a group take snapshots, promote and roll back",
    positionals: { ids: MIRRORS },
    options: { group: { type: "string", describe: "Group that may [mirrorctl]" } },
    examples: [["generate sudoers > /etc/sudoers.d/mirrorctl", "Check it with visudo -c"]],
  },
  "generate apt-source": {
    usage: "generate apt-source [ids..]",
    describe: "Print the .sources file of clients",
    positionals: { ids: MIRRORS },
    options: {
      "base-url": { type: "string", describe: "URL at which dir is served" },
      env: { type: "string", describe: "Environment to use [production]" },
      snapshot: { type: "string", describe: "Snapshot to pin" },
      client: {
        type: "string",
        describe: "Release of the clients, by codename: its suites alone [all suites]",
      },
      "signed-by": {
        type: "string",
        describe: "Path of the keys on the clients [inside the file, where apt can read that]",
      },
      key: { type: "boolean", describe: "Print the keys alone, for a .asc file" },
    },
    examples: [
      ["generate apt-source debian --base-url http://mirror.example", "Clients of production"],
      [
        "generate apt-source debian --base-url http://mirror.example --client bookworm",
        "Clients of one release, where the mirror has several",
      ],
      [
        "generate apt-source debian --base-url http://mirror.example --snapshot 2025-q1-release",
        "A build that is pinned",
      ],
    ],
  },
  version: {
    usage: "version",
    describe: "Print the version",
    positionals: {},
    options: {},
    examples: [],
  },
} as const satisfies Readonly<Record<string, VerbSpec>>;

/** A command that is built, by its words. */
export type Verb = keyof typeof VERBS;

/** Words that commands have in common, and what those commands are for. */
export const GROUPS: Readonly<Record<string, string>> = {
  snapshot: "Keep, stage, promote, roll back and delete snapshots",
  check: "Examine the configuration, or the servers that it names",
  generate: "Print configuration for other programs",
};

/** The commands as a list, in the order of the help. */
export const verbs = Object.entries(VERBS) as readonly [Verb, VerbSpec][];
