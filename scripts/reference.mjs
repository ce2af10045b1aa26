// Writes docs/reference from what the code itself says, so that the reference is never behind it;
// with --check it writes nothing and fails when a page is not as it would be written.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HINTS } from "../apps/cli/dist/src/hints.js";
import { VERBS } from "../apps/cli/dist/src/verbs.js";
import { configKeys } from "../packages/config/dist/index.js";
import { ROOT, say } from "./workspace.mjs";

const COMMANDS = ["", ...Object.keys(VERBS)].map((words) => words.split(" ").filter(Boolean));
const LIBRARIES = ["config", "deb822", "fetch", "snapshot", "sync", "verify"];

const pages = {
  "configuration.md": configuration(),
  "commands.md": commands(),
  "errors.md": errors(),
};

const directory = join(ROOT, "docs", "reference");
mkdirSync(directory, { recursive: true });
const stale = Object.entries(pages).filter(([name, text]) => read(name) !== text);
if (process.argv.includes("--check")) {
  for (const [name] of stale) say(`docs/reference/${name} is not up to date: npm run reference`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const [name, text] of stale) writeFileSync(join(directory, name), text);
}

function configuration() {
  const built = configKeys.filter(({ support }) => support !== "not-yet");
  const planned = configKeys.filter(({ support }) => support === "not-yet");
  const inMirror = ({ path }) => path.startsWith("mirrors.<id>.");
  return `# Configuration

TOML, by default \`/etc/mirrorctl/mirror.toml\`; files of \`mirror.d/*.toml\` beside it are read too, in
the order of their names. A built-in default gives way to \`[defaults]\`, that to the mirror's own key,
that to the environment, that to a flag. \`~\` and \`\${NAME}\` expand in paths and URLs. A problem is
never passed over: \`mirrorctl check config\` reports all of them at once, with line and suggestion.

Durations are written \`30d\`, \`4w\`, \`168h\`, \`2h30m\`, \`10s\`.

## Global keys

${keyTable(built.filter((key) => !inMirror(key)))}

## Keys of a mirror

In \`[mirrors.<id>]\`; the id is lower-case letters, digits, \`_\` and \`-\`. Each may stand in
\`[defaults]\` too.

${keyTable(built.filter(inMirror), "mirrors.<id>.")}

## Not built yet

Refused by name, never ignored: ${planned.map(({ path }) => `\`${path}\``).join(", ")}.
`;
}

function keyTable(keys, prefix = "") {
  const rows = keys.map((key) => {
    const { path, type, default: fallback, required, variable, meaning, support } = key;
    const notes = [
      meaning,
      variable ? `Environment: \`${variable}\`.` : "",
      support === "default-only" ? "Other values are not built yet." : "",
    ];
    const value = required ? "required" : code(fallback);
    return [`\`${path.slice(prefix.length)}\``, type, value, notes.filter(Boolean).join(" ")];
  });
  return table(["key", "type", "default", "meaning"], rows);
}

/** A default is TOML, or a phrase in parentheses. */
function code(text) {
  if (text === undefined) return "";
  return text.startsWith("(") ? text.slice(1, -1) : `\`${text}\``;
}

function commands() {
  const sections = COMMANDS.map((words) => {
    const help = runBundle([...words, "--help"]);
    return `## mirrorctl${words.map((word) => ` ${word}`).join("")}\n\n\`\`\`\n${help.trim()}\n\`\`\`\n`;
  });
  return `# Commands

Results go to stdout, logs and progress to stderr. Exit status: 0 on success, 1 on any error (the
other mirrors of a run are still done), 128 + n on a signal.

${sections.join("\n")}`;
}

function errors() {
  const rows = Object.entries(HINTS).map(([name, hint]) => [`\`${name}\``, hint ?? ""]);
  const readmes = LIBRARIES.map(
    (name) => `[\`@mirror/${name}\`](../../packages/${name}/README.md)`,
  );
  return `# Errors and what to do

Every error has a stable code: in \`--json\` output, in \`json\` logs, and with \`--verbose-errors\`. The
message says what was being done, to what, and what was expected and found. What each code of a
library means stands in its README: ${readmes.join(", ")}.

${table(["code", "what to do"], rows)}
`;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

function runBundle(args) {
  const bundle = join(ROOT, "apps", "cli", "dist", "bundle", "mirrorctl.mjs");
  const env = { ...process.env, NO_COLOR: "1", COLUMNS: "90" };
  return execFileSync(process.execPath, [bundle, ...args], { encoding: "utf8", env });
}

function read(name) {
  try {
    return readFileSync(join(directory, name), "utf8");
  } catch {
    return undefined;
  }
}
