import * as z from "zod/mini";
import { readEnvironment } from "./environment.js";
import type { Names } from "./expand.js";
import { readNameFormat } from "./name-format.js";
import { readPath } from "./path.js";
import { duration, integer, list, text } from "./value-kinds.js";

/** The keys of a `[snapshot]` table. */
export function snapshotSchema(names: Names) {
  return z.object({
    path: text((value) => readPath(value, names)),
    default_name_format: text(readNameFormat),
    environments: list(text((value) => readEnvironment(value, names))),
    allow_copy: z.boolean(),
    prune: z.object({
      keep_last: integer(0, 1_000_000),
      keep_within: duration(),
    }),
  });
}
