import * as z from "zod/mini";
import { readMaintainer, readTraceHost } from "./trace-name.js";
import { text } from "./value-kinds.js";

/** The keys of a `[mirrors.<id>.trace]` table. */
export function traceSchema() {
  return z.object({ host: text(readTraceHost), maintainer: text(readMaintainer) });
}
