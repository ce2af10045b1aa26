import { CliError } from "./error.js";

/** What a command failed of: whatever fails once a signal came, fails because of it. */
export function stopped(signal: AbortSignal, thrown: unknown): unknown {
  if (!signal.aborted) return thrown;
  const { reason } = signal;
  const message = reason instanceof Error ? reason.message : "stopped";
  return new CliError("ERR_CLI_STOPPED", message, { cause: thrown });
}
