import type { Base, Configuration, World } from "./world.js";

/** A command that is killed, and what it works on. */
export interface Scenario {
  readonly title: string;
  readonly base: Base;
  readonly configuration: Configuration;
  words(world: World): readonly string[];
  /**
   * What the same command may say when it is run again after a kill at its very end: that there is
   * nothing left to do. Codes of errors.
   */
  readonly done?: readonly string[];
  /** What is typed after such an error. */
  readonly afterwards?: readonly string[];
  /** A second one would do something else: not run again once the history has this kind last. */
  readonly once?: string;
  /** A snapshot that gives way to another of its name, and is not listed in between. */
  readonly replaces?: string;
}

const demo = { base: "kept", configuration: "plain" } as const;
const signing = { base: "signed", configuration: "signing" } as const;
const snapshot = (...words: string[]) => ["snapshot", ...words];

/** The automatic snapshots of the bases, by the version of upstream that they are of. */
const of = (world: World, version: number) => world.names()[version - 1] ?? "";

/** Every command that changes something in a store. */
export const SCENARIOS: readonly Scenario[] = [
  {
    title: "first sync",
    base: "empty",
    configuration: "plain",
    words: () => ["sync"],
  },
  {
    title: "first sync in the place of another tool's link",
    base: "linked",
    configuration: "plain",
    words: ({ theirs }) => ["sync", "demo", "--reuse", theirs, "--replace-link"],
  },
  { title: "sync of a changed upstream", ...demo, words: () => ["sync"] },
  {
    title: "sync of an unchanged upstream",
    ...demo,
    base: "current",
    words: () => ["sync"],
  },
  { title: "sync that filters and signs", ...signing, words: () => ["sync"] },
  {
    title: "first sync with root_shows = staging",
    base: "empty",
    configuration: "rooted",
    words: () => ["sync"],
  },
  {
    title: "sync of two mirrors at once",
    base: "empty",
    configuration: "both",
    words: () => ["sync"],
  },
  {
    title: "snapshot create",
    ...demo,
    words: () => snapshot("create", "demo", "new"),
    done: ["ERR_SNAPSHOT_TREE_EXISTS"],
  },
  {
    title: "snapshot create --force",
    ...demo,
    base: "current",
    words: () => snapshot("create", "demo", "spare", "--force"),
    replaces: "spare",
  },
  {
    title: "snapshot create --stage",
    ...demo,
    words: () => snapshot("create", "demo", "spare", "--force", "--stage"),
    done: ["ERR_SNAPSHOT_IN_USE"],
    afterwards: snapshot("stage", "demo", "spare"),
    replaces: "spare",
  },
  { title: "snapshot stage", ...demo, words: () => snapshot("stage", "demo", "spare") },
  {
    title: "snapshot stage with root_shows = staging",
    ...demo,
    configuration: "rooted",
    words: () => snapshot("stage", "demo", "spare"),
  },
  { title: "snapshot promote", ...demo, words: () => snapshot("promote", "demo") },
  {
    title: "snapshot publish",
    ...demo,
    words: () => snapshot("publish", "demo", "spare"),
  },
  {
    title: "snapshot publish of an older one",
    ...demo,
    words: (world) => snapshot("publish", "demo", of(world, 1)),
  },
  {
    title: "snapshot rollback",
    ...demo,
    words: () => snapshot("rollback", "demo"),
    once: "rollback",
  },
  {
    title: "snapshot rollback --to",
    ...demo,
    words: (world) => snapshot("rollback", "demo", "--to", of(world, 1)),
  },
  {
    title: "snapshot rollback --reissue",
    ...signing,
    words: () => snapshot("rollback", "demo", "--reissue"),
    once: "rollback",
  },
  {
    title: "snapshot delete",
    ...demo,
    words: () => snapshot("delete", "demo", "old"),
    done: ["ERR_CLI_UNKNOWN_SNAPSHOT"],
  },
  {
    title: "snapshot delete --force",
    ...demo,
    words: (world) => snapshot("delete", "demo", of(world, 2), "--force"),
    done: ["ERR_CLI_UNKNOWN_SNAPSHOT"],
  },
  {
    title: "snapshot prune",
    ...demo,
    words: () => snapshot("prune", "demo", "--keep-last", "0"),
  },
  { title: "snapshot protect", ...demo, words: () => snapshot("protect", "demo", "spare") },
  {
    title: "remove",
    ...demo,
    configuration: "none",
    words: () => ["remove", "demo"],
    done: ["ERR_CLI_NOTHING_TO_REMOVE"],
  },
];
