import { MIRROR, MIRRORS, type Positional, type VerbOption, type VerbSpec } from "./verb-spec.js";

const SNAPSHOT: Positional = { describe: "Name of a snapshot" };
const NO_GATE: VerbOption = {
  type: "boolean",
  describe: "Pass the gate unchecked; the history says so",
};

/** The commands about snapshots. */
export const SNAPSHOT_VERBS = {
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
    options: {
      to: { type: "string", describe: "Snapshot to go back to [the one before]" },
      reissue: { type: "boolean", describe: "Sign it again, so that clients follow" },
    },
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
} as const satisfies Readonly<Record<string, VerbSpec>>;
