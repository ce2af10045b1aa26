import prettyBytes from "pretty-bytes";

/** Bytes as logs show them: decimal, three digits (`4.2 GB`). */
export function logSize(bytes: number): string {
  return prettyBytes(bytes);
}

/** Bytes as summaries show them: IEC, two decimals (`1.22 KiB`), whole bytes below that (`512 B`). */
export function summarySize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return prettyBytes(bytes, { binary: true, minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/** A count and its noun: `1 file`, `12 files`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
