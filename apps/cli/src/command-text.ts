import { configPath } from "./config-path.js";
import type { Flags, Words } from "./flags.js";
import type { Host } from "./host.js";
import type { Verb } from "./verbs.js";

/** A command as somebody else can type it in a shell: with its words, and its configuration by its path. */
export function commandLine(verb: Verb, words: Words, flags: Flags, host: Host): string {
  const given = [
    ...Object.values(words.positionals).flat(),
    ...Object.entries(words.values).flatMap(([name, value]) => [`--${name}`, value]),
    ...Object.entries(words.lists).flatMap(([name, all]) =>
      all.flatMap((value) => [`--${name}`, value]),
    ),
    ...[...words.switches].map((name) => `--${name}`),
    ...(flags.noPgpCheck ? ["--no-pgp-check"] : []),
    ...(flags.wait ? ["--wait"] : []),
    ...(flags.json ? ["--json"] : []),
    ...(flags.quiet ? ["-q"] : []),
    ...["-c", configPath(flags, host)],
  ];
  return ["mirrorctl", verb, ...given.map(quoted)].join(" ");
}

function quoted(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
