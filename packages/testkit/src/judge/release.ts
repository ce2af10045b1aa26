import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Exhibit, FileDigests } from "./exhibit.js";
import { type Expectation, judgeFile, plainPath } from "./expectation.js";
import type { SignatureJudge } from "./signature.js";
import { type FieldLines, firstLine, stanzasOf } from "./stanzas.js";

/** A suite's Release file once its signature has been judged. */
export interface JudgedRelease {
  readonly suite: string;
  /** Below the tree's root, ends in a slash; empty for a flat repository in the root. */
  readonly prefix: string;
  readonly fields: FieldLines;
  /** Path below the suite to what the hash lists say. */
  readonly listed: ReadonlyMap<string, Expectation>;
}

const LISTS = [
  ["MD5Sum", "md5"],
  ["SHA1", "sha1"],
  ["SHA256", "sha256"],
  ["SHA512", "sha512"],
] as const;

/** Reads a suite's Release files; undefined when there is none that can be read. Without a judge the signatures are not looked at. What lies in the directory of another of the suites is that one's, whoever lists it. */
export async function judgeRelease(
  exhibit: Exhibit,
  suite: string,
  suites: readonly string[],
  signatures: SignatureJudge | undefined,
): Promise<JudgedRelease | undefined> {
  const prefix = prefixOf(suite);
  const below = suites
    .map(prefixOf)
    .filter((other) => other !== prefix && other.startsWith(prefix))
    .map((other) => other.slice(prefix.length));
  const paths = {
    inRelease: `${prefix}InRelease`,
    release: `${prefix}Release`,
    signature: `${prefix}Release.gpg`,
  };
  const here = (path: string): boolean => {
    exhibit.claimed.add(path);
    return exhibit.files.has(path);
  };
  const absolute = (path: string): string => join(exhibit.root, path);
  const [hasInRelease, hasRelease, hasSignature] = [
    here(paths.inRelease),
    here(paths.release),
    here(paths.signature),
  ];
  const blame = (message: string): void => void exhibit.violations.push(message);

  let text: string | undefined;
  if (hasInRelease && signatures !== undefined) {
    const result = await signatures.clearsigned(absolute(paths.inRelease));
    if ("fault" in result) {
      blame(`${paths.inRelease}: ${result.fault}`);
    } else {
      text = result.text;
    }
  }
  if (hasRelease) {
    const plain = await readFile(absolute(paths.release), "utf8");
    if (text !== undefined && text !== plain) {
      blame(`${paths.release}: differs from the text that InRelease signs`);
    }
    text ??= plain;
  }
  if (signatures !== undefined) {
    if (hasRelease && hasSignature) {
      const fault = await signatures.detached(absolute(paths.release), absolute(paths.signature));
      if (fault !== undefined) {
        blame(`${paths.signature}: ${fault}`);
      }
      const signature = await readFile(absolute(paths.signature), "latin1");
      if (!signature.startsWith("-----BEGIN PGP SIGNATURE-----")) {
        blame(`${paths.signature}: not armored, apt cannot read it`);
      }
    } else if (hasSignature) {
      blame(`${paths.signature}: there is no Release beside it`);
    } else if (!hasInRelease) {
      blame(`${prefix}: neither InRelease nor Release with Release.gpg`);
    }
  }
  if (text === undefined) {
    if (!hasInRelease) {
      blame(`${prefix || "./"}: suite ${suite} has no Release file`);
    }
    return undefined;
  }
  const [fields] = stanzasOf(text);
  return fields === undefined
    ? undefined
    : { suite, prefix, fields, listed: listedFiles(exhibit, prefix, fields, below) };
}

function prefixOf(suite: string): string {
  return suite.endsWith("/") ? (plainPath(`./${suite}`)?.concat("/") ?? "") : `dists/${suite}/`;
}

/** Judges every file that is present and listed, by its size, each listed hash, and its by-hash names. */
export async function judgeListed(
  exhibit: Exhibit,
  release: JudgedRelease,
  byHash: boolean,
): Promise<void> {
  const announced = firstLine(release.fields, "acquire-by-hash").toLowerCase() === "yes";
  for (const [name, expected] of release.listed) {
    const path = release.prefix + name;
    const present = await judgeFile(exhibit, path, expected, `${release.prefix}Release`);
    for (const [list, algorithm] of byHash && announced && present ? LISTS : []) {
      const digest = expected.digests[algorithm];
      if (digest !== undefined) {
        const hashed = `${dirname(path)}/by-hash/${list}/${digest}`.replace(/^\.\//, "");
        if (!(await judgeFile(exhibit, hashed, expected, `${release.prefix}Release`))) {
          exhibit.violations.push(
            `${hashed}: missing, though ${path} is there and by-hash announced`,
          );
        }
      }
    }
  }
}

function listedFiles(
  exhibit: Exhibit,
  prefix: string,
  fields: FieldLines,
  below: readonly string[],
): Map<string, Expectation> {
  const sizes = new Map<string, number>();
  const digests = new Map<string, Partial<Record<keyof FileDigests, string>>>();
  for (const [list, algorithm] of LISTS) {
    for (const line of fields.get(list.toLowerCase())?.slice(1) ?? []) {
      const [digest = "", size = "", name = ""] = line.split(/\s+/);
      const path = plainPath(name);
      if (path === undefined) {
        exhibit.violations.push(`${prefix}Release: lists ${JSON.stringify(name)}`);
      } else if (
        !["Release", "InRelease", "Release.gpg"].includes(path) &&
        !below.some((other) => path.startsWith(other))
      ) {
        if ((sizes.get(path) ?? Number(size)) !== Number(size)) {
          exhibit.violations.push(`${prefix}Release: ${path} is listed with two sizes`);
        }
        sizes.set(path, Number(size));
        digests.set(path, { ...digests.get(path), [algorithm]: digest.toLowerCase() });
      }
    }
  }
  return new Map(
    [...sizes].map(([path, size]) => [path, { size, digests: digests.get(path) ?? {} }]),
  );
}
