import type { Flags, Words } from "./flags.js";
import type { Host } from "./host.js";
import type { Verb } from "./verbs.js";

/** Carries out one command; returns its exit status. */
export type CommandRunner = (words: Words, flags: Flags, host: Host) => Promise<number>;

/** What carries a command out: loaded only when it is typed. */
const COMMANDS: Readonly<Record<Verb, () => Promise<CommandRunner>>> = {
  sync: async () => (await import("./commands/sync.js")).syncMirrors,
  "snapshot create": async () => (await import("./commands/snapshot/create.js")).createSnapshots,
  "snapshot list": async () => (await import("./commands/snapshot/list.js")).listSnapshots,
  "snapshot stage": async () => (await import("./commands/snapshot/stage.js")).stageSnapshot,
  "snapshot promote": async () => (await import("./commands/snapshot/promote.js")).promoteSnapshot,
  "snapshot publish": async () => (await import("./commands/snapshot/publish.js")).publishSnapshot,
  "snapshot rollback": async () => (await import("./commands/snapshot/rollback.js")).rollBack,
  "snapshot delete": async () => (await import("./commands/snapshot/delete.js")).deleteSnapshots,
  "snapshot prune": async () => (await import("./commands/snapshot/prune.js")).pruneSnapshots,
  "snapshot protect": async () => (await import("./commands/snapshot/protect.js")).protectSnapshot,
  "snapshot unprotect": async () =>
    (await import("./commands/snapshot/unprotect.js")).unprotectSnapshot,
  "snapshot diff": async () => (await import("./commands/snapshot/diff.js")).diffSnapshots,
  "snapshot verify": async () => (await import("./commands/snapshot/verify.js")).verifySnapshots,
  verify: async () => (await import("./commands/verify.js")).verifyMirrors,
  status: async () => (await import("./commands/status.js")).printStatus,
  explain: async () => (await import("./commands/explain.js")).explainPackages,
  history: async () => (await import("./commands/history.js")).printHistory,
  remove: async () => (await import("./commands/remove.js")).removeMirror,
  "check config": async () => (await import("./commands/check/config.js")).checkConfig,
  "check tls": async () => (await import("./commands/check/tls.js")).checkTls,
  "generate sudoers": async () => (await import("./commands/generate/sudoers.js")).printSudoers,
  "generate apt-source": async () =>
    (await import("./commands/generate/apt-source.js")).printAptSource,
  version: async () => (await import("./commands/version.js")).printVersion,
};

/**
 * Runs one command line and returns its exit status: 0, or 1 for any error. Never throws and
 * never ends the process.
 *
 * Only what a command needs is loaded: `--version` and `--help` start without the engine.
 */
export async function run(argv: readonly string[], host: Host): Promise<number> {
  let flags: Partial<Flags> = guessFlags(argv);
  let verb: string | undefined;
  try {
    if (argv.length === 1 && VERSION.has(argv[0])) {
      const { writeVersion } = await import("./commands/version.js");
      return writeVersion(false, host);
    }
    const { readCommandLine } = await import("./command-line.js");
    const command = readCommandLine(argv, Math.min(host.stdout.columns ?? 90, 100));
    if (command.verb === "help") {
      host.stdout.write(`${command.text}\n`);
      return 0;
    }
    verb = command.verb;
    flags = command.flags;
    const carryOut = await COMMANDS[command.verb]();
    return await carryOut(command.words, command.flags, host);
  } catch (error) {
    const { printFailure } = await import("./render/failure.js");
    printFailure(error, verb, flags, host);
    return 1;
  }
}

// What package managers and scripts ask first needs no parser, which takes most of a short start.
const VERSION: ReadonlySet<string | undefined> = new Set(["--version", "-v", "version"]);

/** What can be said of the flags of a command line that could not be read. */
function guessFlags(argv: readonly string[]): Partial<Flags> {
  const typed = (flag: string) => argv.some((word) => word.split("=")[0] === flag);
  return {
    json: typed("--json"),
    noColor: typed("--no-color"),
    verboseErrors: typed("--verbose-errors"),
  };
}
