import * as z from "zod/mini";
import { readSection } from "./name.js";
import type { ParseOptions } from "./parse.js";
import { readPath } from "./path.js";
import { integer, list, oneOf, text } from "./value-kinds.js";

/** The keys of a `[mirrors.<id>.filters]` table. */
export function filtersSchema(names: ParseOptions) {
  const { readPattern = (value: string) => ({ value }) } = names;
  return z.object({
    keep_versions: integer(0, 1_000_000),
    exclude_patterns: list(text(readPattern), 0),
    include_patterns: list(text(readPattern), 0),
    sections: list(text(readSection), 0),
    priorities: list(oneOf("required", "important", "standard", "optional", "extra"), 0),
    with_dependencies: z.boolean(),
    with_recommends: z.boolean(),
    package_list: text((value) => readPath(value, names)),
  });
}
