import type { Flags } from "./flags.js";
import type { Host } from "./host.js";

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
    if (argv.length === 1 && VERSION.has(argv[0])) return await version(BARE, host);
    const { readCommandLine } = await import("./command-line.js");
    const command = readCommandLine(argv, Math.min(host.stdout.columns ?? 90, 100));
    if (command.verb === "help") {
      host.stdout.write(`${command.text}\n`);
      return 0;
    }
    verb = command.verb;
    flags = command.flags;
    switch (command.verb) {
      case "version":
        return await version(command.flags, host);
      case "check config": {
        const { checkConfig } = await import("./commands/check/config.js");
        return await checkConfig(command.flags, host);
      }
      case "check tls": {
        const { checkTls } = await import("./commands/check/tls.js");
        return await checkTls(command.ids, command.flags, host);
      }
      case "sync": {
        const { syncMirrors } = await import("./commands/sync.js");
        return await syncMirrors(command.ids, command.flags, host);
      }
    }
  } catch (error) {
    const { printFailure } = await import("./render/failure.js");
    printFailure(error, verb, flags, host);
    return 1;
  }
}

// What package managers and scripts ask first needs no parser, which takes most of a short start.
const VERSION: ReadonlySet<string | undefined> = new Set(["--version", "-v", "version"]);
const BARE = { json: false };

async function version(flags: Pick<Flags, "json">, host: Host): Promise<number> {
  const { printVersion } = await import("./commands/version.js");
  return printVersion(flags, host);
}

/** What can be said of the flags of a command line that could not be read. */
function guessFlags(argv: readonly string[]): Partial<Flags> {
  const typed = (flag: string) => argv.some((word) => word.split("=")[0] === flag);
  return {
    json: typed("--json"),
    noColor: typed("--no-color"),
    verboseErrors: typed("--verbose-errors"),
  };
}
