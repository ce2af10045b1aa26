import { resolve } from "node:path";
import type { Flags } from "./flags.js";
import type { Host } from "./host.js";

const DEFAULT_PATH = "/etc/mirrorctl/mirror.toml";

/** Where the configuration is: the flag, else `MIRRORCTL_CONFIG`, else the usual place. */
export function configPath(flags: Partial<Pick<Flags, "config">>, host: Host): string {
  const named = flags.config ?? host.env.MIRRORCTL_CONFIG ?? "";
  return resolve(named === "" ? DEFAULT_PATH : named);
}
