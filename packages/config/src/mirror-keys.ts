import { inheritedKeys } from "./inherited-keys.js";
import type { KeyRow } from "./keys.js";

const DURATION = "duration";
const FLAG = "boolean";
const PATTERNS = "list of regular expressions (RE2), unanchored";

/** The keys of a mirror. */
export const mirrorKeys: Readonly<Record<string, KeyRow>> = {
  type: { type: '"apt"', default: '"apt"', meaning: "What kind of archive is mirrored." },
  url: {
    type: "http, https or file URL",
    meaning: "The archive's base URL; this or urls is required.",
  },
  urls: {
    type: "list of http, https or file URLs",
    meaning: "Base URLs asked in this order; what one lacks is asked of the next.",
  },
  suites: {
    type: "list of suites",
    required: true,
    meaning: "Suites or codenames; one that ends in / is a flat repository.",
  },
  frozen: {
    type: "list of suites, of those in suites",
    default: "[]",
    meaning: "Suites that stay as they are: never asked for upstream, however old.",
  },
  sections: {
    type: "list of components",
    default: "(required unless every suite is flat)",
    meaning: "The components that are mirrored.",
  },
  architectures: {
    type: "list of architectures",
    default: "(required unless every suite is flat)",
    meaning: "The architectures that are mirrored; all is implied.",
  },
  mirror_source: { type: FLAG, default: "false", meaning: "Mirror source packages too." },
  "indices.translations": {
    type: '"all", a list of languages, or false',
    default: '"all"',
    meaning: "Translated descriptions that are mirrored.",
  },
  "indices.contents": { type: FLAG, default: "true", meaning: "Mirror Contents indices." },
  "indices.commands": { type: FLAG, default: "true", meaning: "Mirror command-not-found indices." },
  "indices.dep11": { type: FLAG, default: "true", meaning: "Mirror AppStream metadata and icons." },
  "indices.installer": {
    type: FLAG,
    default: "false",
    meaning: "Mirror debian-installer indices and images.",
  },
  "indices.pdiffs": {
    type: FLAG,
    default: "false",
    meaning: "Mirror index differences.",
  },
  pgp_key_path: {
    type: "absolute path, or a list of them",
    default: "(the system's archive keyrings)",
    meaning: "Keyring files, armored or binary, whose keys count.",
  },
  pgp_fingerprints: {
    type: "list of fingerprints",
    default: "(every key of the keyrings)",
    meaning: "The only primary keys that count.",
  },
  no_pgp_check: { type: FLAG, default: "false", meaning: "Accept anything unsigned." },
  check_valid_until: {
    type: FLAG,
    default: "true",
    meaning: "Refuse a Release whose Valid-Until has passed.",
  },
  allow_rollback: {
    type: FLAG,
    default: "false",
    meaning: "Follow upstream back to an older Release.",
  },
  allow_release_info_change: {
    type: FLAG,
    default: "false",
    meaning: "Accept another Codename, Origin or Label than before.",
  },
  max_future: {
    type: DURATION,
    default: '"10s"',
    meaning: "How far dates of upstream may lie in the future.",
  },
  by_hash: {
    type: '"auto", "yes" or "no"',
    default: '"auto"',
    meaning: "Fetch and publish indices by hash; auto does as each Release says.",
  },
  ignore_missing: {
    type: "list of globs",
    default: "[]",
    meaning: "Pool files and indices that upstream may lack.",
  },
  max_shrink: {
    type: 'percentage such as "40%"',
    default: '"40%"',
    meaning: "A larger loss of packages at once is refused; 100% allows any.",
  },
  "filters.exclude_patterns": {
    type: PATTERNS,
    default: "[]",
    meaning: "Packages whose name one of them matches are left out, whatever else picks them.",
  },
  "filters.include_patterns": {
    type: PATTERNS,
    default: "[]",
    meaning: "If given, only packages whose name one of them matches.",
  },
  "filters.sections": {
    type: "list of sections of packages",
    default: "[]",
    meaning: "If given, only packages of these; libs takes non-free/libs too.",
  },
  "filters.priorities": {
    type: 'list of "required", "important", "standard", "optional", "extra"',
    default: "[]",
    meaning: "If given, only packages of these priorities.",
  },
  "filters.package_list": {
    type: "absolute path",
    default: "(none)",
    meaning: "File that names the packages, a line each, or output of dpkg --get-selections.",
  },
  "filters.keep_versions": {
    type: "integer, 0 to 1000000",
    default: "0",
    meaning: "Newest versions kept of each package in each index; 0 keeps all.",
  },
  "filters.with_dependencies": {
    type: FLAG,
    default: "false",
    meaning: "Add what the packages that stay depend on, from all of the mirror.",
  },
  "filters.with_recommends": {
    type: FLAG,
    default: "false",
    meaning: "With dependencies, add what is recommended too.",
  },
  "sign.key_path": {
    type: "absolute path",
    default: "(none)",
    meaning:
      "Private key that signs a Release of the mirror's own, which lists only what it holds.",
  },
  "sign.passphrase_file": {
    type: "absolute path",
    default: "(none)",
    meaning: "File whose first line opens that key.",
  },
  "sign.valid_for": {
    type: `${DURATION}, at least 1h`,
    default: "(without end)",
    meaning: "How long such a Release is valid; it is signed again at half of it.",
  },
  "trace.host": {
    type: "full host name",
    default: "(none)",
    meaning: "Mirror upstream's unsigned trace files, and write one of this name.",
  },
  "trace.maintainer": {
    type: "string, one line",
    default: "(none)",
    meaning: "Whom the own trace file names: Admins <admins@example.org>.",
  },
  publish_to_staging: {
    type: FLAG,
    default: "false",
    meaning: "Stage the snapshot of each sync.",
  },
  root_shows: {
    type: '"latest" or an environment of the mirror',
    default: '"latest"',
    meaning: "What the links of the mirror's own directory show.",
  },
  "promote.verify": {
    type: '"quick", "full" or "off"',
    default: '"quick"',
    meaning: "How a snapshot is verified before it is promoted.",
  },
  "promote.min_packages": {
    type: "integer, 0 to 1000000000",
    default: "(none)",
    meaning: "Fewest packages of each suite, component and architecture.",
  },
  "promote.max_shrink": {
    type: 'percentage such as "40%"',
    default: "(none)",
    meaning: "Greatest loss of packages of each suite, component and architecture.",
  },
  "promote.require_valid": {
    type: FLAG,
    default: "false",
    meaning: "Refuse expired Releases and keys that no longer count.",
  },
  "promote.command": {
    type: "list of strings, the program first",
    default: "(none)",
    meaning: "Command that must succeed.",
  },
  "promote.timeout": {
    type: `${DURATION}, 1s to 24d`,
    default: '"10m"',
    meaning: "Time that the command has.",
  },
  ...Object.fromEntries(
    Object.entries(inheritedKeys).map(([name, row]) => [
      name,
      { ...row, default: `(the global ${name})` },
    ]),
  ),
};
