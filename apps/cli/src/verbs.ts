/** One word of a command line that is no option. */
export interface Positional {
  readonly describe: string;
  /** What stands for it where it may be left out. */
  readonly fallback?: string;
}

/** An option of one command alone. */
export interface VerbOption {
  readonly type: "boolean" | "string";
  readonly describe: string;
}

/** A command as it is typed and described; everything about it that is not what it does. */
export interface VerbSpec {
  /** Its words behind the program's name, then its positionals: `<id>`, `[name]`, `<names..>`. */
  readonly usage: string;
  readonly describe: string;
  readonly positionals: Readonly<Record<string, Positional>>;
  readonly options: Readonly<Record<string, VerbOption>>;
  /** What is typed behind the program's name, and what that does. */
  readonly examples: readonly (readonly [string, string])[];
}

const MIRRORS: Positional = { describe: "Mirrors, by name or glob", fallback: "all mirrors" };
const MIRROR: Positional = { describe: "Mirror, by name or glob" };
const SNAPSHOT: Positional = { describe: "Name of a snapshot" };
const NO_GATE: VerbOption = {
  type: "boolean",
  describe: "Pass the gate unchecked; the history says so",
};

/** The commands that are built, by their words. */
export const VERBS = {
  sync: {
    usage: "sync [ids..]",
    describe: "Bring mirrors up to date with their upstream",
    positionals: { ids: { ...MIRRORS, describe: "Mirrors to sync, by name or glob" } },
    options: {},
    examples: [
      ["sync", "Sync every mirror of the configuration"],
      ["sync ubuntu-noble", "Sync one mirror"],
      ["sync 'ubuntu*' --wait", "Sync some, after whoever syncs them now"],
      ["sync --dry-run", "Say what a sync would download, and change nothing"],
    ],
  },
  "snapshot create": {
    usage: "snapshot create <id> [name]",
    describe: "Keep what latest shows under a name",
    positionals: {
      id: MIRROR,
      name: { describe: "Name of the snapshot", fallback: "the time, by default_name_format" },
    },
    options: {
      force: { type: "boolean", describe: "Replace a snapshot of that name that nothing shows" },
      stage: { type: "boolean", describe: "Let the first environment show it" },
    },
    examples: [
      ["snapshot create ubuntu-noble", "Name it by the time"],
      ["snapshot create ubuntu-noble 2025-q1-release", "Give it a name"],
      ["snapshot create 'ubuntu*' --stage", "Take one of each, and stage them"],
    ],
  },
  "snapshot list": {
    usage: "snapshot list [ids..]",
    describe: "List snapshots, and what shows them",
    positionals: { ids: MIRRORS },
    options: {
      detailed: { type: "boolean", describe: "Count files, and bytes held by a snapshot alone" },
    },
    examples: [
      ["snapshot list", "All snapshots of all mirrors"],
      ["snapshot list ubuntu-noble --detailed", "What deleting each would free"],
    ],
  },
  "snapshot stage": {
    usage: "snapshot stage <id> <name>",
    describe: "Let the staging environment show a snapshot",
    positionals: { id: MIRROR, name: SNAPSHOT },
    options: {
      env: { type: "string", describe: "Environment [the first of environments]" },
    },
    examples: [["snapshot stage ubuntu-noble 2025-10-14T15-45-30Z", "Show it in staging"]],
  },
  "snapshot promote": {
    usage: "snapshot promote <id> [name]",
    describe: "Let production show what staging shows",
    positionals: {
      id: MIRROR,
      name: { ...SNAPSHOT, fallback: "what the environment before shows" },
    },
    options: {
      from: { type: "string", describe: "Environment to take it from [the one before --to]" },
      to: { type: "string", describe: "Environment that is to show it [production]" },
      "no-gate": NO_GATE,
      force: { type: "boolean", describe: "Promote, by name, what was rolled back before" },
    },
    examples: [
      ["snapshot promote ubuntu-noble", "Production shows what staging shows"],
      ["snapshot promote ubuntu-noble --dry-run", "Say what would move, and if the gate lets it"],
      ["snapshot promote debian --to qa", "One step of a longer path"],
    ],
  },
  "snapshot publish": {
    usage: "snapshot publish <id> <name>",
    describe: "Let production show a snapshot at once, whatever staging shows",
    positionals: { id: MIRROR, name: SNAPSHOT },
    options: { "no-gate": NO_GATE },
    examples: [["snapshot publish ubuntu-noble 2025-10-13T09-30-15Z", "Skip staging"]],
  },
  "snapshot rollback": {
    usage: "snapshot rollback <id>",
    describe: "Let production show again what it showed before",
    positionals: { id: MIRROR },
    options: { to: { type: "string", describe: "Snapshot to go back to [the one before]" } },
    examples: [
      ["snapshot rollback ubuntu-noble", "Undo the last promote"],
      ["snapshot rollback ubuntu-noble --to 2025-10-13T09-30-15Z", "Go back to a given one"],
    ],
  },
  "snapshot delete": {
    usage: "snapshot delete <id> <names..>",
    describe: "Delete snapshots",
    positionals: { id: MIRROR, names: { describe: "Names of snapshots" } },
    options: {
      force: {
        type: "boolean",
        describe: "Also what is protected, or shown: its pointers go first",
      },
    },
    examples: [["snapshot delete ubuntu-noble 2025-10-13T09-30-15Z", "Delete one"]],
  },
  "snapshot prune": {
    usage: "snapshot prune [ids..]",
    describe: "Delete the snapshots that the policy does not keep",
    positionals: { ids: MIRRORS },
    options: {
      "keep-last": { type: "string", describe: "Keep so many of the newest [keep_last]" },
      "keep-within": { type: "string", describe: "Keep those younger than this [keep_within]" },
    },
    examples: [
      ["snapshot prune --dry-run", "Say which would go, and why the others stay"],
      ["snapshot prune ubuntu-noble --keep-last 3", "Keep three, and what is in use"],
    ],
  },
  "snapshot protect": {
    usage: "snapshot protect <id> <name>",
    describe: "Keep a snapshot from being pruned or deleted",
    positionals: { id: MIRROR, name: SNAPSHOT },
    options: {},
    examples: [["snapshot protect ubuntu-noble 2025-q1-release", "Keep it for good"]],
  },
  "snapshot unprotect": {
    usage: "snapshot unprotect <id> <name>",
    describe: "Take the protection of a snapshot away",
    positionals: { id: MIRROR, name: SNAPSHOT },
    options: {},
    examples: [["snapshot unprotect ubuntu-noble 2025-q1-release", "Let the policy decide again"]],
  },
  "snapshot diff": {
    usage: "snapshot diff <id> [a] [b]",
    describe: "Say which packages differ between two snapshots",
    positionals: {
      id: MIRROR,
      a: { describe: "Snapshot, environment or latest", fallback: "what production shows" },
      b: { describe: "Snapshot, environment or latest", fallback: "what staging shows" },
    },
    options: { markdown: { type: "boolean", describe: "Print Markdown, for a ticket or a chat" } },
    examples: [
      ["snapshot diff ubuntu-noble", "What a promote would bring"],
      ["snapshot diff ubuntu-noble current latest", "What production lacks of upstream"],
    ],
  },
  "snapshot verify": {
    usage: "snapshot verify <id> [name]",
    describe: "Check every file of a snapshot against its manifest and signed metadata",
    positionals: { id: MIRROR, name: { ...SNAPSHOT, fallback: "all snapshots" } },
    options: { quick: { type: "boolean", describe: "Look at sizes, hash the indices alone" } },
    examples: [["snapshot verify ubuntu-noble 2025-10-14T15-45-30Z", "Hash all of it"]],
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
    },
    examples: [
      ["generate apt-source debian --base-url http://mirror.example", "Clients of production"],
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
