import type { Random } from "./random.js";

const BYTES = [
  0, 9, 10, 11, 12, 13, 32, 0x2d, 0x3a, 0x3d, 0x7f, 0x80, 0xa0, 0xc2, 0xe2, 0xff,
] as const;

const LINES = [
  "",
  " ",
  "\t",
  "-",
  "- ",
  "- \t",
  "- -",
  "--",
  "-\t",
  "- Origin: Evil",
  "Origin: Evil",
  "Hash: SHA256",
  "Hash:",
  "Hash: ",
  "Hash: SHA256,SHA512",
  "hash: SHA512",
  "Comment: x",
  "Version: GnuPG v2",
  "Charset: UTF-8",
  "NotDashEscaped: You need GnuPG to verify this message",
  "=AAAA",
  "====",
  "-----BEGIN PGP SIGNED MESSAGE-----",
  "----- BEGIN PGP SIGNED MESSAGE-----",
  "-----BEGIN PGP SIGNATURE-----",
  "-----END PGP SIGNATURE-----",
  "-----BEGIN PGP MESSAGE-----",
  "-----BEGIN PGP SIGNATURE, PART 1/2-----",
  "- -----BEGIN PGP SIGNATURE-----",
  "- -----END PGP SIGNATURE-----",
  "-----BEGIN PGP SIGNATURE----- ",
  "\ufeff",
  "\0",
  "\v",
  "\f",
  "\u0085",
  "\u2028",
  "\u00a0",
  "x".repeat(20_100),
] as const;

const TAILS = [
  " ",
  "\t",
  " \t ",
  "\r",
  "\r\r",
  " \r",
  "\r ",
  "\v",
  "\f",
  "\0",
  "\u00a0",
  "\\",
] as const;

type Lines = string[];
type LineMutation = (lines: Lines, at: number, random: Random, other: Lines) => Lines;

/** Line by line; a line is a string of one character per byte, its LF taken off. */
const LINE_MUTATIONS: readonly [LineMutation, ...LineMutation[]] = [
  (lines, at, random) => lines.toSpliced(at, 0, latin1(random.pick(LINES))),
  (lines, at, random) => lines.toSpliced(at, 1, latin1(random.pick(LINES))),
  (lines, at) => lines.toSpliced(at, 1),
  (lines, at) => lines.toSpliced(at, 0, lines[at] ?? ""),
  (lines, at, random) => lines.with(at, `${lines[at]}${latin1(random.pick(TAILS))}`),
  (lines, at, random) =>
    lines.with(at, `${random.pick([" ", "\t", "- ", "-", "\r", "\0"])}${lines[at]}`),
  (lines, at) => lines.with(at, (lines[at] ?? "").replace(/^- /, "")),
  (lines, at) => lines.with(at, (lines[at] ?? "").trimEnd()),
  (lines, at) => lines.with(at, `- ${lines[at]}`),
  (lines) => lines.map((line) => (line.startsWith("-") ? line : `- ${line}`)),
  (lines) => lines.map((line, i) => (i < lines.length - 1 ? `${line}\r` : line)),
  (lines, at) => lines.map((line, i) => (i >= at ? `${line}\r` : line)),
  (lines) => lines.map((line) => line.replace(/\r$/, "")),
  (lines, at) =>
    [...lines.slice(0, at), lines.slice(at, at + 2).join("")].concat(lines.slice(at + 2)),
  (lines, at) =>
    [...lines.slice(0, at), lines.slice(at, at + 2).join("\r")].concat(lines.slice(at + 2)),
  (lines, at, random, other) => [...lines.slice(0, at), ...other.slice(random.below(other.length))],
  (lines, at, random, other) => lines.toSpliced(at, 0, ...slice(other, random)),
  (lines, _, random) => [...lines, ...slice(lines, random)],
  (lines, _, random, other) => (random.chance(0.5) ? [...lines, ...other] : [...other, ...lines]),
  (lines, at) => lines.slice(0, at),
  (lines, at) => lines.slice(at),
  (lines, at, random) => {
    const to = random.below(lines.length);
    return lines.with(at, lines[to] ?? "").with(to, lines[at] ?? "");
  },
  (lines, at) => lines.toSpliced(at, 1, ...((lines[at] ?? "").match(/.{1,7}/gs) ?? [])),
  (lines) => joinBase64(lines),
];

type ByteMutation = (bytes: Buffer, at: number, random: Random) => Buffer;

const BYTE_MUTATIONS: readonly [ByteMutation, ...ByteMutation[]] = [
  (bytes, at, random) => withByte(bytes, at, (bytes[at] ?? 0) ^ (1 << random.below(8))),
  (bytes, at, random) => withByte(bytes, at, random.pick(BYTES)),
  (bytes, at, random) => insert(bytes, at, Buffer.from([random.pick(BYTES)])),
  (bytes, at) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]),
  (bytes, at, random) =>
    Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.below(80))]),
  (bytes, at, random) => insert(bytes, at, bytes.subarray(at, at + random.below(80))),
  (bytes, at) => bytes.subarray(0, at),
  (bytes, _, random) => bytes.subarray(0, bytes.length - random.below(4)),
  (bytes) => insert(bytes, 0, Buffer.from("\ufeff")),
  (bytes, at, random) => withByte(bytes, at, random.below(256)),
];

/** One document of several, changed in one place or a few. */
export function mutate(documents: readonly [Buffer, ...Buffer[]], random: Random): Buffer {
  let bytes = random.pick(documents);
  const times = random.pick([1, 1, 1, 2, 2, 3, 5]);
  for (let i = 0; i < times && bytes.length > 0; i++) {
    if (random.chance(0.4)) {
      bytes = random.pick(BYTE_MUTATIONS)(bytes, random.below(bytes.length), random);
      continue;
    }
    const lines = bytes.toString("latin1").split("\n");
    const other = random.pick(documents).toString("latin1").split("\n");
    const changed = random.pick(LINE_MUTATIONS)(lines, random.below(lines.length), random, other);
    bytes = Buffer.from(changed.join("\n"), "latin1");
  }
  return bytes;
}

function slice(lines: Lines, random: Random): Lines {
  const from = random.below(lines.length);
  return lines.slice(from, from + 1 + random.below(lines.length - from));
}

function joinBase64(lines: Lines): Lines {
  const text = lines.join("\n");
  return text.replace(/(?<=[A-Za-z0-9+/]{60})\n(?=[A-Za-z0-9+/])/g, "").split("\n");
}

function insert(bytes: Buffer, at: number, more: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
}

function withByte(bytes: Buffer, at: number, byte: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = byte;
  return changed;
}

function latin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}
