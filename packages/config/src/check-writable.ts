import type { Document } from "./document.js";
import type { ConfigProblem } from "./error.js";
import { printable, showPath } from "./printable.js";
import { isTable, type KeyPath } from "./toml.js";

const BY_OTHERS = 0o022;

/** The problem of a file that names a command and that others than its owner may write. */
export function checkWritable(document: Document, mode: number): ConfigProblem[] {
  const path = (mode & BY_OTHERS) === 0 ? undefined : firstCommand(document);
  if (path === undefined) return [];
  const shown = showPath(path);
  const file = printable(document.file);
  const found = `mode ${mode.toString(8).padStart(4, "0")}`;
  const allowed = "a file that nobody but its owner may write";
  return [
    {
      code: "ERR_CONFIG_WRITABLE_BY_OTHERS",
      path: shown,
      file,
      ...(document.locate(path) ?? {}),
      message: `${shown}: a command is taken only from ${allowed}, found ${file} with ${found}`,
      found,
      allowed,
    },
  ];
}

function firstCommand({ table }: Document): KeyPath | undefined {
  const { defaults, mirrors } = table;
  const tables = [
    { path: ["defaults"], value: defaults },
    ...Object.entries(isTable(mirrors) ? mirrors : {}).map(([id, value]) => ({
      path: ["mirrors", id],
      value,
    })),
  ];
  const found = tables.find(
    ({ value }) => isTable(value) && isTable(value.promote) && value.promote.command !== undefined,
  );
  return found === undefined ? undefined : [...found.path, "promote", "command"];
}
