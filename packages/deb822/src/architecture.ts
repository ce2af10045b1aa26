import P from "parsimmon";
import { run } from "./grammar.js";

/** What an architecture's name stands for: ABI, C library, kernel and processor. */
export interface ArchitectureTuple {
  readonly abi: string;
  readonly libc: string;
  readonly os: string;
  readonly cpu: string;
}

const cpus = new Set(
  (
    "alpha amd64 arc armeb arm arm64 avr32 hppa loong64 i386 ia64 m32r m68k mips mipsel mipsr6 " +
    "mipsr6el mips64 mips64el mips64r6 mips64r6el nios2 or1k powerpc powerpcel ppc64 ppc64el " +
    "riscv64 s390 s390x sh3 sh3eb sh4 sh4eb sparc sparc64 tilegx"
  ).split(" "),
);

/** Names that are not made of a system's prefix and a processor. */
const irregular = new Map(
  [
    ["armhf", "eabihf-gnu-linux-arm"],
    ["armel", "eabi-gnu-linux-arm"],
    ["arm64ilp32", "ilp32-gnu-linux-arm64"],
    ["mipsn32", "abin32-gnu-linux-mips64"],
    ["mipsn32el", "abin32-gnu-linux-mips64el"],
    ["mipsn32r6", "abin32-gnu-linux-mips64r6"],
    ["mipsn32r6el", "abin32-gnu-linux-mips64r6el"],
    ["mips64", "abi64-gnu-linux-mips64"],
    ["mips64el", "abi64-gnu-linux-mips64el"],
    ["mips64r6", "abi64-gnu-linux-mips64r6"],
    ["mips64r6el", "abi64-gnu-linux-mips64r6el"],
    ["powerpcspe", "spe-gnu-linux-powerpc"],
    ["x32", "x32-gnu-linux-amd64"],
    ["musl-linux-armhf", "eabihf-musl-linux-arm"],
    ["uclibc-linux-armel", "eabi-uclibc-linux-arm"],
    ["uclinux-armel", "eabi-uclibc-uclinux-arm"],
    ["kfreebsd-armhf", "eabihf-gnu-kfreebsd-arm"],
    ["mint-m68k", "base-tos-mint-m68k"],
  ].map(([name, tuple]) => [name as string, tupleOf((tuple as string).split("-"))]),
);

/** A system's prefix, and the ABI, C library and kernel that it stands for. */
const systems = new Map(
  [
    ["", "base-gnu-linux"],
    ["musl-linux-", "base-musl-linux"],
    ["uclibc-linux-", "base-uclibc-linux"],
    ["uclinux-", "base-uclibc-uclinux"],
    ["kfreebsd-", "base-gnu-kfreebsd"],
    ["knetbsd-", "base-gnu-knetbsd"],
    ["kopensolaris-", "base-gnu-kopensolaris"],
    ["hurd-", "base-gnu-hurd"],
    ["dragonflybsd-", "base-bsd-dragonflybsd"],
    ["freebsd-", "base-bsd-freebsd"],
    ["openbsd-", "base-bsd-openbsd"],
    ["netbsd-", "base-bsd-netbsd"],
    ["darwin-", "base-bsd-darwin"],
    ["aix-", "base-sysv-aix"],
    ["solaris-", "base-sysv-solaris"],
  ].map(([prefix, system]) => [prefix as string, (system as string).split("-")]),
);

/**
 * The tuple of an architecture of dpkg's tables.
 *
 * @returns `undefined` for names that the tables do not have, `all` and `source` among them
 */
export function architectureTuple(name: string): ArchitectureTuple | undefined {
  const plain = name.replace(/^linux-(?=[^-]*$)/, "");
  const special = irregular.get(plain);
  if (special !== undefined) return special;
  const prefix = plain.slice(0, plain.lastIndexOf("-") + 1);
  const cpu = plain.slice(prefix.length);
  const system = systems.get(prefix);
  return system === undefined || !cpus.has(cpu) ? undefined : tupleOf([...system, cpu]);
}

/** Parts of a wildcard between hyphens, one of them `any`; those missing on the left are `any`. */
export const architectureWildcard: P.Parser<ArchitectureTuple> = P.sepBy1(
  P.regexp(/[a-z0-9]+/),
  P.string("-"),
)
  .assert((parts) => parts.length <= 4 && parts.includes("any"), "architecture wildcard")
  .map((parts) => tupleOf(parts.length === 1 ? anyTuple : [...anyTuple, ...parts].slice(-4)));

const anyTuple = ["any", "any", "any", "any"];

/**
 * Whether an architecture is the one named or fits the wildcard, as dpkg-architecture decides.
 *
 * @example
 * ```ts
 * matchesArchitecture("amd64", "linux-any"); // true
 * matchesArchitecture("kfreebsd-amd64", "any-amd64"); // true
 * ```
 * @param wildcard - an architecture, or a wildcard such as `any`, `linux-any`, `any-arm`,
 *   `musl-any-any`
 */
export function matchesArchitecture(architecture: string, wildcard: string): boolean {
  if (wildcard === architecture || wildcard === "any") return true;
  const actual = architectureTuple(architecture);
  if (actual === undefined) return false;
  const reply = run(architectureWildcard, wildcard);
  const wanted =
    reply.status && reply.index === wildcard.length ? reply.value : architectureTuple(wildcard);
  if (wanted === undefined) return false;
  const fits = (part: keyof ArchitectureTuple) =>
    wanted[part] === "any" || wanted[part] === actual[part];
  return fits("abi") && fits("libc") && fits("os") && fits("cpu");
}

function tupleOf([abi = "", libc = "", os = "", cpu = ""]: readonly string[]): ArchitectureTuple {
  return { abi, libc, os, cpu };
}
