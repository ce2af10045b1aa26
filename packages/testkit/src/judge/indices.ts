import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Compression, decompress, hasCompression } from "../compression.js";
import type { Exhibit } from "./exhibit.js";
import type { JudgedRelease } from "./release.js";
import { firstLine } from "./stanzas.js";

/** What a suite must hold. */
export interface WantedIndices {
  readonly components: readonly string[];
  readonly architectures: readonly string[];
  readonly sources: boolean;
  /** Whether nothing that Release lists may be left out. */
  readonly whole: boolean;
  excused(path: string): boolean;
}

const COMPRESSIONS: readonly Compression[] = ["", "gz", "xz", "bz2", "zst"];
const VARIANT = /^(?:(.*)\/)?([^/]+?)(?:\.(gz|xz|bz2|zst))?$/;

/** Blames every wanted Packages and Sources index of which no listed variant is there; of a whole tree, every index. */
export function judgePresence(
  exhibit: Exhibit,
  release: JudgedRelease,
  wanted: WantedIndices,
): void {
  const judged = new Set<string>();
  const requireOne = (base: string): void => {
    if (judged.has(base)) {
      return;
    }
    judged.add(base);
    const variants = COMPRESSIONS.map((form) => (form === "" ? base : `${base}.${form}`));
    const listed = variants.filter((name) => release.listed.has(name));
    const present = listed.filter((name) => exhibit.files.has(release.prefix + name));
    const excused = variants.some((name) => wanted.excused(release.prefix + name));
    if (listed.length > 0 && present.length === 0 && !excused) {
      exhibit.violations.push(`${release.prefix}${base}: missing in every listed variant`);
    }
  };
  if (wanted.whole) {
    const bases = [...release.listed.keys()].map((name) => name.replace(/\.(gz|xz|bz2|zst)$/, ""));
    bases.forEach(requireOne);
  }
  if (release.suite.endsWith("/")) {
    if (![...release.listed.keys()].some((name) => /^Packages(\.|$)/.test(name))) {
      exhibit.violations.push(`${release.prefix}Release: lists no Packages`);
    }
    requireOne("Packages");
    if (wanted.sources) {
      requireOne("Sources");
    }
    return;
  }
  const directories = wanted.architectures
    .concat(wanted.architectures.includes("all") ? [] : "all")
    .map((architecture) => [`binary-${architecture}`, "Packages", architecture] as const);
  let found = 0;
  for (const component of wanted.components) {
    for (const [directory, name, architecture] of [
      ...directories,
      ...(wanted.sources ? [["source", "Sources", "source"] as const] : []),
    ]) {
      const bases = basesOf(release, component, directory, name);
      found += bases.size;
      for (const base of bases) {
        requireOne(base);
      }
      if (bases.size === 0 && architecture !== "all") {
        const offered =
          offers(release, "components", component) &&
          (architecture === "source" || offers(release, "architectures", architecture));
        const message = `${release.prefix}Release: lists no ${name} for ${component} ${architecture}`;
        (offered && architecture !== "source" ? exhibit.violations : exhibit.notes).push(message);
      }
    }
  }
  if (found === 0) {
    exhibit.violations.push(`${release.prefix}Release: lists none of the wanted indices`);
  }
}

/** The text of every Packages and Sources index that is there, each checked against its listed unpacked form in all its variants. */
export async function unpackIndices(
  exhibit: Exhibit,
  release: JudgedRelease,
): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const unread = new Set<string>();
  for (const [name, own] of release.listed) {
    const path = release.prefix + name;
    const match = VARIANT.exec(name);
    if (match === null || !exhibit.files.has(path)) {
      continue;
    }
    const base = match[1] === undefined ? `${match[2]}` : `${match[1]}/${match[2]}`;
    const compression = (match[3] ?? "") as Compression;
    const isIndex = match[2] === "Packages" || match[2] === "Sources";
    const listed = release.listed.get(base);
    if (isIndex && own.digests.sha256 === undefined && own.digests.sha512 === undefined) {
      exhibit.violations.push(`${path}: neither SHA256 nor SHA512 is listed`);
    }
    if (!isIndex && (listed === undefined || compression === "")) {
      continue;
    }
    if (!hasCompression(compression)) {
      exhibit.notes.push(`${path}: not unpacked, this machine cannot read .${compression}`);
      if (isIndex) {
        unread.add(release.prefix + base);
      }
      continue;
    }
    let unpacked: Uint8Array;
    try {
      unpacked = await decompress(await readFile(join(exhibit.root, path)), compression);
    } catch (error) {
      exhibit.violations.push(`${path}: cannot be unpacked: ${String(error)}`);
      continue;
    }
    const sha256 = createHash("sha256").update(unpacked).digest("hex");
    const sha512 = createHash("sha512").update(unpacked).digest("hex");
    if (
      listed !== undefined &&
      (listed.size !== unpacked.byteLength ||
        sha256 !== (listed.digests.sha256 ?? sha256) ||
        sha512 !== (listed.digests.sha512 ?? sha512))
    ) {
      exhibit.violations.push(`${path}: unpacked, it is not the ${base} that Release lists`);
    }
    if (isIndex) {
      texts.set(release.prefix + base, Buffer.from(unpacked).toString("utf8"));
    }
  }
  for (const index of unread) {
    if (!texts.has(index)) {
      exhibit.violations.push(`${index}: cannot be judged, no variant can be unpacked here`);
    }
  }
  return texts;
}

function basesOf(
  release: JudgedRelease,
  component: string,
  directory: string,
  name: string,
): Set<string> {
  const bases = new Set<string>();
  for (const path of release.listed.keys()) {
    const match = VARIANT.exec(path);
    const place = match?.[1]?.split("/") ?? [];
    if (match?.[2] === name && place.pop() === directory) {
      const found = place.join("/");
      if (sameComponent(found, component)) {
        bases.add(`${match[1]}/${name}`);
      }
    }
  }
  return bases;
}

function offers(release: JudgedRelease, field: string, name: string): boolean {
  const offered = firstLine(release.fields, field).split(/\s+/).filter(Boolean);
  return offered.some((entry) =>
    field === "components" ? sameComponent(entry, name) : entry === name,
  );
}

// Security archives write `updates/main` in Components for what lies in `main`; either name is meant.
function sameComponent(a: string, b: string): boolean {
  return a === b || a.endsWith(`/${b}`) || b.endsWith(`/${a}`);
}
