import prettyBytes from "pretty-bytes";

/** Bytes as logs show them: decimal, three digits (`4.2 GB`). */
export function logSize(bytes: number): string {
  return prettyBytes(bytes);
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] as const;

/** Bytes as summaries show them: IEC, two decimals (`1.22 KiB`), whole bytes below that (`512 B`). */
export function summarySize(bytes: number): string {
  // Not by Intl, which takes longer to load than all of a short command.
  const power = UNITS.findLastIndex((_, index) => bytes >= 1024 ** index);
  return power < 1 ? `${bytes} B` : `${(bytes / 1024 ** power).toFixed(2)} ${UNITS[power]}`;
}

/** A count and its noun: `1 file`, `12 files`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
