import { configPath } from "../config-path.js";
import type { Flags } from "../flags.js";
import type { Host } from "../host.js";
import { mayColour } from "./colour.js";
import { describeError, detailsOf, type ErrorContext, verboseDetails } from "./describe-error.js";
import { type DocumentContent, printDocument } from "./document.js";
import { createLog, type Log } from "./log.js";

/** Reports an error that ends a command before it has a log of its own. */
export function printFailure(
  error: unknown,
  verb: string | undefined,
  flags: Partial<Flags>,
  host: Host,
): void {
  const log = createLog({
    output: host.stderr,
    level: "error",
    format: host.env.MIRRORCTL_LOG_FORMAT === "json" ? "json" : "text",
    colour: mayColour(host.stderr, host.env, flags.noColor === true),
    several: false,
    now: host.now,
  });
  logError(log, error, { command: verb, verbose: flags.verboseErrors === true });
  if (flags.json === true) {
    const described = describeError(error, { command: verb });
    printDocument(host.stdout, verb, {
      ok: false,
      ...factsOf(verb, flags, host),
      error: described,
    });
  }
}

const WITHOUT_MIRRORS: ReadonlySet<string> = new Set([
  ...["version", "remove", "generate sudoers", "generate apt-source"],
]);

/** What a command's document says also where the command came to nothing. */
function factsOf(
  verb: string | undefined,
  flags: Partial<Flags>,
  host: Host,
): Pick<DocumentContent, "mirrors"> & Readonly<Record<string, unknown>> {
  if (verb === "check tls") return { mirrors: [] };
  if (verb === "check config") return { path: configPath(flags, host), mirrors: [] };
  if (verb === undefined || WITHOUT_MIRRORS.has(verb)) return {};
  return { dryRun: flags.dryRun === true, mirrors: [] };
}

/** One error on stderr: what was being done, to what, what was expected and found, what to do next. */
export function logError(
  log: Log,
  error: unknown,
  options: ErrorContext & { readonly mirror?: string; readonly verbose: boolean },
): void {
  const described = describeError(error, options);
  const { code, doing, hint } = described;
  // The engine names the mirror too; the log does it for every error.
  const own = options.mirror === undefined ? "" : `${options.mirror}: `;
  const message = described.message.startsWith(own)
    ? described.message.slice(own.length)
    : described.message;
  log.error(doing === undefined ? message : `${doing}: ${message}`, {
    code,
    ...(options.mirror === undefined ? {} : { mirror: options.mirror }),
    ...(hint === undefined ? {} : { hint }),
    details: [...detailsOf(error), ...(options.verbose ? verboseDetails(error) : [])],
    ...(described.facts === undefined ? {} : { facts: described.facts }),
  });
}
