/** A time in ms without its fraction of a second, as manifests and HTTP know it. */
export function wholeSeconds(time: number): number {
  return Math.floor(time / 1000) * 1000;
}
