import { encodePath, FetchError } from "@mirror/fetch";
import { agree } from "./contents.js";
import { SyncError } from "./error.js";
import { packedIndex } from "./hold-variants.js";
import { type Image, type ImagePlan, planImages } from "./image-list.js";
import type { HeldIndex } from "./indices.js";
import { inLanes } from "./lanes.js";
import type { PoolFile } from "./pool-files.js";
import { indexReader, type Run } from "./run.js";
import type { Present } from "./tree-source.js";
import { type IndexReader, type PackedIndex, unpackIndex } from "./unpack-index.js";

/** The largest SHA256SUMS that is read, in bytes; those of Debian have some 10 KB. */
const MAX_LIST = 4 << 20;

/** The largest image that is mirrored: nothing signed says how large one is. */
const MAX_IMAGE = 4 * 2 ** 30;

/** Servers are asked for so many sizes at a time. */
const LANES = 8;

/** The indices that stay, and the images that they name. */
export interface ImageListing {
  readonly indices: readonly HeldIndex[];
  readonly images: readonly PoolFile[];
}

/**
 * Reads what the installer's `SHA256SUMS` among these name, and asks for the size of each image that
 * the present tree lacks. A list that names what it may not, or what upstream lacks, is left out
 * with all of its images and a warning.
 *
 * @throws FetchError; SyncError ERR_SYNC_BAD_INDEX where upstream does not say how large an image is
 */
export async function listImages(
  run: Run,
  indices: readonly HeldIndex[],
  present: Present,
): Promise<ImageListing> {
  const kept: HeldIndex[] = [];
  const images: PoolFile[] = [];
  for (const index of indices) {
    const own = index.target.kind === "installer" ? await imagesOf(run, index, present) : [];
    if (typeof own === "string") {
      const message = `${index.target.name}: left out with its images: ${own}`;
      run.warn("WARN_SYNC_INSTALLER_LEFT_OUT", message);
      continue;
    }
    kept.push(index);
    images.push(...own);
  }
  return { indices: kept, images };
}

/**
 * Puts images among the files of packages.
 *
 * @throws SyncError ERR_SYNC_CONFLICTING_FILE when a package's file has the path of an image
 */
export function withImages(
  files: ReadonlyMap<string, PoolFile>,
  images: readonly PoolFile[],
): ReadonlyMap<string, PoolFile> {
  if (images.length === 0) return files;
  const all = new Map(files);
  for (const image of images) {
    const { path, suite } = image;
    const known = files.get(path);
    if (known && (known.size !== image.size || !agree(known.digests, image.digests))) {
      const message = `${path}: listed as a package's file, and as another image of the installer`;
      throw new SyncError("ERR_SYNC_CONFLICTING_FILE", message, { path, suite });
    }
    all.set(path, { ...image, digests: { ...known?.digests, ...image.digests } });
  }
  return all;
}

/** What a SHA256SUMS names, or why it cannot be used. */
export async function readImages(
  reader: IndexReader,
  suite: string,
  form: PackedIndex,
): Promise<ImagePlan> {
  const chunks: Uint8Array[] = [];
  try {
    const limited = { ...form, limit: Math.min(form.limit, MAX_LIST) };
    for await (const chunk of unpackIndex(reader, limited)) chunks.push(chunk);
  } catch (error) {
    if (error instanceof SyncError) return { leftOut: error.message };
    throw error;
  }
  const directory = form.path.slice(0, form.path.lastIndexOf("/") + 1);
  return planImages(suite, directory, new TextDecoder().decode(Buffer.concat(chunks)));
}

/** The images of one list with their sizes, or why they are left out. */
async function imagesOf(
  run: Run,
  { target, variants }: HeldIndex,
  present: Present,
): Promise<PoolFile[] | string> {
  const [plain] = variants.filter(({ variant }) => variant.compression === "");
  if (!plain) return "upstream serves it compressed alone";
  const { suite } = target;
  const plan = await readImages(indexReader(run), suite, packedIndex(target, plain));
  if ("leftOut" in plan) return plan.leftOut;
  const images: PoolFile[] = [];
  let missing: string | undefined;
  await inLanes(plan.images, LANES, async (image) => {
    if (missing !== undefined) return;
    const { path, sha256 } = image;
    const here = present.get(path);
    const size = here?.sha256 === sha256 ? here.size : await sizeOf(run, suite, image);
    if (size === undefined) missing = path;
    else images.push({ path, size, digests: { sha256 }, suite });
  });
  return missing === undefined ? images : `${missing} is missing`;
}

/**
 * How large upstream says that a file is, without fetching it; undefined where nobody has it. What
 * comes later under this name must have the digest that is signed.
 */
async function sizeOf(run: Run, suite: string, { path }: Image): Promise<number | undefined> {
  const urls = run.spec.urls.map((base) => base + encodePath(path));
  const refuse = (found: string, cause?: unknown) => {
    const message = `${path}: expected a size of at most ${MAX_IMAGE} bytes, upstream says ${found}`;
    return new SyncError("ERR_SYNC_BAD_INDEX", message, { suite, path, found, cause });
  };
  try {
    const answer = await run.ports.fetcher.size({ urls, signal: run.signal });
    if (answer.status === "missing") return undefined;
    if (answer.size > MAX_IMAGE) throw refuse(String(answer.size));
    return answer.size;
  } catch (error) {
    const isUnsaid = error instanceof FetchError && error.code === "ERR_FETCH_NO_SIZE";
    throw isUnsaid ? refuse("nothing", error) : error;
  }
}
