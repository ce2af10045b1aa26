/** Where an archive and its mirrors say when they were made; nothing signs what lies there. */
export const TRACE_DIRECTORY = "project/trace/";

/** A list of the trace files beside it, a line each. */
export const TRACE_LIST = "_traces";

/** Which mirror took its files from which, a line each. */
export const TRACE_HIERARCHY = "_hierarchy";

/** So many trace files of upstream are mirrored: Debian's own list has some ten. */
const MOST = 200;

/** Which trace files are asked for. */
export interface TracePlan {
  readonly names: readonly string[];
  /** Lines of the list that are no names, and names beyond the most. */
  readonly refused: number;
}

/**
 * Decides which trace files upstream is asked for: those of its list, or without one that of the
 * archive itself and upstream's own. Never the one that this mirror writes.
 *
 * @param list - the text of {@link TRACE_LIST}, anybody's word
 */
export function planTraces(list: string | undefined, upstream: string, own: string): TracePlan {
  const listed = (list ?? "").split("\n").filter((line) => line !== "");
  const right = listed.filter(isTraceName);
  const found = right.length === 0 ? ["master", upstream].filter(isTraceName) : right;
  const names = [...new Set(found)].filter((name) => name !== own);
  const kept = names.slice(0, MOST);
  return { names: kept, refused: listed.length - right.length + names.length - kept.length };
}

/** Names of hosts, and `master`: plain names that hide nothing and lead nowhere. */
function isTraceName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/.test(name);
}
