import type { ManifestFile } from "@mirror/snapshot";

/** Since when, and by how many trees, a file that left upstream has been carried along. */
export interface CarriedSince {
  /** ms since the epoch, whole seconds. */
  readonly left: number;
  /** Trees that carry it, the one whose manifest says so included. */
  readonly trees: number;
}

const MARK = /(?:^| )left:(\d{1,12}):(\d{1,6})(?= |$)/;

/** What says of a file that it lists others or is opaque metadata, and is no package's file. */
const INDEX = "index";

/** The file as a manifest records it that carries it. */
export function markCarried(file: ManifestFile, { left, trees }: CarriedSince): ManifestFile {
  const mark = `left:${Math.floor(left / 1000)}:${trees}`;
  const { checked } = unmarkCarried(file);
  return { ...file, checked: checked === undefined ? mark : `${checked} ${mark}` };
}

/** The file as a manifest records it once upstream has it again. */
export function unmarkCarried({ checked, ...file }: ManifestFile): ManifestFile {
  const rest = checked?.replace(MARK, "").trim() ?? "";
  return rest === "" ? file : { ...file, checked: rest };
}

/** What a manifest says of a file that it carries; undefined for one that upstream had. */
export function carriedSince({ checked }: ManifestFile): CarriedSince | undefined {
  const [, seconds, trees] = MARK.exec(checked ?? "") ?? [];
  return seconds === undefined ? undefined : { left: Number(seconds) * 1000, trees: Number(trees) };
}

/** What a manifest keeps of the checks of a file that is no package's, so that later runs know it. */
export function indexMark(checked: string | undefined): string {
  return checked === undefined ? INDEX : `${checked} ${INDEX}`;
}

/** Whether a manifest says of a file that it is no package's. */
export function isMarkedIndex({ checked }: ManifestFile): boolean {
  return checked?.split(" ").includes(INDEX) ?? false;
}
