import * as z from "zod/mini";
import { readPercentage } from "./percentage.js";
import { argv, integer, text, timer } from "./value-kinds.js";

/** The keys of a `[mirrors.<id>.promote]` table. */
export function promoteSchema() {
  return z.object({
    verify: z.enum(["quick", "full", "off"]),
    min_packages: integer(0, 1_000_000_000),
    max_shrink: text(readPercentage),
    require_valid: z.boolean(),
    command: argv(),
    timeout: timer(),
  });
}
