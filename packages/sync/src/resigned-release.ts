import { formatStanza, type Release } from "@mirror/deb822";
import { bareComponent } from "./component-name.js";
import { SyncError } from "./error.js";

/** A file that a Release lists, its path below the suite's directory. */
export interface ResignedFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** What a Release of the mirror's own says besides what upstream's says. */
export interface ResignedContent {
  readonly date: Date;
  readonly validUntil?: Date | undefined;
  /** Those that the tree holds, without prefix or with it; empty for a flat repository. */
  readonly components: readonly string[];
  /** Those that the tree holds; empty for all of upstream's. */
  readonly architectures: readonly string[];
  readonly byHash: boolean;
  readonly files: readonly ResignedFile[];
}

/**
 * What clients know an archive by, and what they do with it. Not `Signed-By`, which names upstream's
 * keys, nor `Snapshots`, which clients would verify with the mirror's key.
 */
const BEFORE = ["Origin", "Label", "Suite", "Version", "Codename", "Changelogs"];
const AFTER = [
  "NotAutomatic",
  "ButAutomaticUpgrades",
  "No-Support-for-Architecture-all",
  "Description",
];

/**
 * The text of a Release that lists other files than upstream's and is to be signed by the mirror's
 * own key: it keeps what upstream calls the archive, and is valid as long as the mirror says.
 *
 * @throws SyncError ERR_SYNC_BAD_RELEASE for a field of upstream's that cannot be written again
 */
export function formatResignedRelease(
  suite: string,
  upstream: Release,
  content: ResignedContent,
): string {
  const { stanza } = upstream;
  const own = (names: readonly string[]): [string, string][] =>
    names.flatMap((name) => {
      const value = stanza.get(name);
      return value === undefined ? [] : [[name, value] as [string, string]];
    });
  const { date, validUntil, byHash, files } = content;
  const fields: [string, string][] = [
    ...own(BEFORE),
    ["Date", inWords(date)],
    ...(validUntil ? [["Valid-Until", inWords(validUntil)] as [string, string]] : []),
    ...(byHash ? [["Acquire-By-Hash", "yes"] as [string, string]] : []),
    ...words("Architectures", upstream.architectures.filter(isHeld(content.architectures))),
    ...words("Components", upstream.components.filter(isHeldComponent(content.components))),
    ...own(AFTER),
    ["SHA256", files.map(({ path, size, sha256 }) => `\n ${sha256} ${size} ${path}`).join("")],
  ];
  try {
    return formatStanza(fields);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `${suite}: the Release cannot be written anew: ${reason}`;
    throw new SyncError("ERR_SYNC_BAD_RELEASE", message, { suite, cause });
  }
}

/** As Debian's archives write times: RFC 1123 but for the zone. */
function inWords(date: Date): string {
  return date.toUTCString().replace("GMT", "UTC");
}

function words(name: string, values: readonly string[]): [string, string][] {
  return values.length === 0 ? [] : [[name, values.join(" ")]];
}

function isHeld(held: readonly string[]): (architecture: string) => boolean {
  const known = new Set([...held, "all"]);
  return (architecture) => held.length === 0 || known.has(architecture);
}

/** `updates/main` is configured as that or as `main`, and lies below either. */
function isHeldComponent(held: readonly string[]): (component: string) => boolean {
  const known = new Set(held.map(bareComponent));
  return (component) => held.length === 0 || known.has(bareComponent(component));
}
