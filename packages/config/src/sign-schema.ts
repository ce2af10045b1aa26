import * as z from "zod/mini";
import type { ParseOptions } from "./parse.js";
import { readPath } from "./path.js";
import { hours, text } from "./value-kinds.js";

/** The keys of a `[mirrors.<id>.sign]` table. */
export function signSchema(names: ParseOptions) {
  const path = text((value) => readPath(value, names));
  return z.object({ key_path: path, passphrase_file: path, valid_for: hours() });
}
