import type { Flags } from "../flags.js";
import type { Host } from "../host.js";

/** Whether progress is drawn on a terminal, instead of told in lines. */
export function drawsLive(flags: Flags, host: Host): boolean {
  const { env, stderr } = host;
  const quietened = flags.quiet || flags.json || (env.CI ?? "") !== "";
  return stderr.isTTY === true && env.TERM !== "dumb" && !quietened;
}
