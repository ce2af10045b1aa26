import { inheritedKeys } from "./inherited-keys.js";
import type { KeyRow } from "./keys.js";

/** The keys at the top of the file. */
export const globalKeys: Readonly<Record<string, KeyRow>> = {
  dir: {
    type: "absolute path",
    required: true,
    variable: "MIRRORCTL_DIR",
    meaning: "Where the mirrors live.",
  },
  max_conns: {
    type: "integer, 1 to 10000",
    default: "10",
    variable: "MIRRORCTL_MAX_CONNS",
    meaning: "Connections per mirror, and to one upstream host over all mirrors.",
  },
  parallel: { type: "integer, 1 to 10000", default: "4", meaning: "Mirrors synced at a time." },
  min_free: {
    type: 'percentage such as "2%", or size such as "5GB" or "10GiB"',
    default: "(2%, at most 10 GiB)",
    meaning: "What a sync leaves free of a file system; what does not fit beside it is refused.",
  },
  ...Object.fromEntries(
    Object.entries(inheritedKeys).map(([name, row]) => [
      name,
      name.startsWith("tls.") ? { ...row, variable: variableOf(name) } : row,
    ]),
  ),
  "log.level": {
    type: '"debug", "info", "warn" or "error"',
    default: '"info"',
    variable: "MIRRORCTL_LOG_LEVEL",
    meaning: "The least important messages that are logged.",
  },
  "log.format": {
    type: '"text", "plain" or "json"',
    default: '"text"',
    variable: "MIRRORCTL_LOG_FORMAT",
    meaning: "How log lines look; plain has neither colour nor dressing.",
  },
  defaults: { type: "table", meaning: "Keys of a mirror, for all mirrors that do not set them." },
  mirrors: { type: "table of mirrors", required: true, meaning: "The mirrors, each by its id." },
};

function variableOf(name: string): string {
  return `MIRRORCTL_${name.replace(".", "_").toUpperCase()}`;
}
