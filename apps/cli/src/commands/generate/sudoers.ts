import { configPath } from "../../config-path.js";
import { CliError } from "../../error.js";
import type { Flags, Words } from "../../flags.js";
import type { Host } from "../../host.js";
import { openMirrors } from "../../open-mirrors.js";
import { printDocument } from "../../render/document.js";

/** What people who may not write below `dir` are let do: without arguments of their own choice. */
const COMMANDS = ["snapshot promote", "snapshot rollback", "snapshot create"];
const GROUP = /^[a-z_][a-z0-9_-]*$/;

/**
 * Prints sudo rules for each mirror: exact lines without wildcards, as a wildcard of sudo matches
 * blanks, and so lets any options through.
 * @throws CliError ERR_CLI_USAGE.
 */
export async function printSudoers(words: Words, flags: Flags, host: Host): Promise<number> {
  const verb = "generate sudoers";
  const group = words.values.group ?? "mirrorctl";
  if (!GROUP.test(group)) {
    throw new CliError("ERR_CLI_USAGE", `--group: no name of a group: "${group}"`, {
      expected: GROUP.source,
      found: group,
    });
  }
  const { mirrors, config } = await openMirrors(words, { verb, writes: false, flags, host });
  const program = process.argv[1] ?? "mirrorctl";
  const isDefault = (flags.config ?? host.env.MIRRORCTL_CONFIG ?? "") === "";
  const choice = isDefault ? "" : ` -c ${escaped(configPath(flags, host))}`;
  const rules = mirrors.flatMap(({ mirror }) =>
    COMMANDS.map(
      (command) =>
        `%${group} ALL=(root) NOPASSWD: ${escaped(program)} ${command} ${mirror.id}${choice}`,
    ),
  );
  const lines = [
    "# sudo rules for mirrorctl: /etc/sudoers.d/mirrorctl, checked by visudo -c -f FILE.",
    `# Members of ${group} run: sudo mirrorctl snapshot promote MIRROR${choice}`,
    `# mirrorctl run as root becomes the owner of ${config.dir}.`.replace(/[\r\n]/g, " "),
    ...rules,
  ];
  if (flags.json) printDocument(host.stdout, verb, { ok: true, lines });
  else host.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}

/** A word of a sudoers line: what means something there is escaped; of all else sudo refuses that. */
function escaped(word: string): string {
  return word.replace(/[\\ ,:=*?![\]#]/g, (char) => `\\${char}`);
}
