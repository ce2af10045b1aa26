// Applies each mutant below to a copy of the sources, runs the quick part of the suite on it, and
// says which ones no test notices. By hand: `npm run mutants`, about five minutes on two cores.
// With arguments, only the mutants whose file or text contains one of them.
import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const home = fileURLToPath(new URL("..", import.meta.url));
const QUICK = ["armor-signature", "cases", "keyring", "policy", "sign", "signed-text"];
const GOAL = 0.9;

/** File, the text in it that is changed (its first occurrence), and what it becomes. */
const MUTANTS = [
  ["clearsign", "if (first !== MESSAGE)", "if (!first.startsWith(MESSAGE))"],
  ["clearsign", 'if (line === "") return next;', 'if (line.trim() === "") return next;'],
  ["clearsign", "/^Hash: [A-Za-z0-9, /-]+$/", "/^[A-Za-z]+: [A-Za-z0-9, /-]+$/"],
  ["clearsign", "const MAX_HEADERS = 16;", "const MAX_HEADERS = 1600;"],
  ["clearsign", "readLine(file, at + 1)[0] === SIGNATURE", "true"],
  ["clearsign", 'if (byte === 0) throw refuse(at, "a NUL byte");', ""],
  ["clearsign", "if (previous === CR && byte !== LF)", "if (false)"],
  ["clearsign", "if (message[at + 1] !== BLANK)", "if (message[at + 1] === DASH)"],
  ["clearsign", "if (isBlankLine(message, at + 2))", "if (false)"],
  ["clearsign", "message[end] === TAB", "false"],
  ["clearsign", "at - lineStart >= MAX_LINE_BYTES", "false"],
  ["clearsign", "maxBlocks: 1", "maxBlocks: 9"],
  [
    "clearsign",
    "text: readText(message, { dashEscaped: true })",
    "text: readText(message, { dashEscaped: false })",
  ],
  ["clearsign", 'checkSize(name, bytes, "document");', ""],
  [
    "lines",
    "if (byte === DASH && style.dashEscaped && (at === 0",
    "if (byte === DASH && style.dashEscaped && (false",
  ],
  ["lines", "if (written > lineStart && out[written - 1] === CR) written--;", ""],
  ["lines", "bytes[trimmed - 1] === 0x09", "false"],
  ["lines", "bytes[trimmed - 1] === 0x20", "false"],
  ["lines", "out[written++] = LF;", ""],
  ["lines", "else if (byte === 0 || at - lineStart >= limit) return false;", ""],
  ["lines", "else if (byte === CR && bytes[at + 1] !== LF) return false;", ""],
  [
    "armor",
    'if (options.strict) return { line: at + 1, problem: "a line outside the armor" };',
    "",
  ],
  ["armor", "options.strict && checksum !== undefined && checksum !== crc24(bytes)", "false"],
  ["armor", 'body.at(-1)?.endsWith("=")', "false"],
  [
    "armor",
    'if (checksum !== undefined) return { line: at + 1, problem: "a line after the checksum" };',
    "",
  ],
  ["armor", "text.length === 0 || text.length % 4 !== 0", "text.length === 0"],
  ["armor", "options.strict && !announced && at + 1 < lines.length", "false"],
  ["armor", "line.length > MAX_LINE", "false"],
  ["crc24", "0x1864cfb", "0x1864cfa"],
  ["packets", "if (end > bytes.length) return undefined;", ""],
  [
    "packets",
    "if (type === 3) return undefined;",
    "if (type === 3) return { bodyAt: at, body: bytes.length - at };",
  ],
  ["packets", "((first - 192) << 8) + second + 192", "((first - 192) << 8) + second"],
  ["signature-file", "packet.tag !== 2", "packet.tag === 0"],
  ["signature-file", "packets.length > MAX_SIGNATURES", "false"],
  ["signature-file", "if (problem !== undefined)", "if (false)"],
  ["signature-file", "if (another !== undefined)", "if (false)"],
  ["signature-file", "reading.blocks.length > options.maxBlocks", "false"],
  [
    "signature-packet",
    "at > body.length || !subpacketsFit(body.subarray(start, at))",
    "at > body.length",
  ],
  ["signature-packet", "!DIGESTS.has(digest)", "false"],
  ["signature-packet", "return at === body.length;", "return at <= body.length;"],
  ["signature-packet", "body[1] === 5 && numbersFit", "numbersFit"],
  ["issuer", "signer.getKeyID().toHex() === keyId", "true"],
  ["issuer", "!fingerprint || signer.getFingerprint() === fingerprint", "true"],
  [
    "judge",
    "const fitting = court.clearsigned ? [text] : [text, binary];",
    "const fitting = [text, binary];",
  ],
  ["judge", "packet.signatureType === text && !court.plainLines", "false"],
  ["judge", 'if (broken !== undefined) return fault("bad-signature", broken, keyId);', ""],
  ["judge", "!policy.fingerprints.has(fingerprint)", "false"],
  ["judge", 'if (hash === "sha1" || hash === "sha224")', 'if (hash === "sha224")'],
  ["judge", 'if (hash === "sha1" || hash === "sha224")', 'if (hash === "sha1")'],
  ["judge", 'hash === "md5" || hash === "ripemd"', "false"],
  ["judge", "if (created > policy.latest)", "if (false)"],
  ["judge", "if (created < signer.getCreationTime())", "if (false)"],
  ["judge", "if (ends <= policy.now.getTime())", "if (false)"],
  ["judge", 'if ("reason" in verdict) return fault(verdict.reason, verdict.detail, keyId);', ""],
  ["judge-key", "if (await isRevoked(key, signer, configs.arithmetic))", "if (false)"],
  [
    "judge-key",
    "if (await key.isRevoked(undefined, undefined, ANY_TIME, config)) return true;",
    "",
  ],
  ["judge-key", "if (!isSubkey(signer)) return false;", "return false;"],
  ["judge-key", "weakness(key) ?? weakness(signer)", "undefined"],
  ["judge-key", "(info.bits ?? 0) < 2048", "(info.bits ?? 0) < 1024"],
  ["judge-key", "if (ends <= policy.now.getTime())", "if (false)"],
  ["judge-key", "if (isSubkey(signer)) ends.push", "if (false) ends.push"],
  ["judge-key", "if (!(await maySign(issuer, configs.lenient, policy)))", "if (false)"],
  ["judge-key", "sha1Bound && !certificate.named", "false"],
  [
    "judge-key",
    "for (const date of [policy.now, policy.latest])",
    "for (const date of [policy.now])",
  ],
  ["judgement", "if (revoked !== undefined) return { fault: revoked };", ""],
  ["judgement", '"bad-signature",\n  "revoked-key",', '"revoked-key",\n  "bad-signature",'],
  ["judgement", '"expired-signature",', ""],
  ["verdict", '|| faults.some((fault) => fault.reason === "bad-signature")', ""],
  ["verdict", "good.length === 0 ||", ""],
  ["keyring", "if (found.length === 0 && first !== undefined)", "if (false)"],
  ["keyring", "if (file.named && found.length === before)", "if (false)"],
  ["keyring", 'if (packets.secret) return "a secret key";', ""],
  ["keyring", "named ? configs.lenient : configs.strict", "configs.lenient"],
  [
    "openpgp-config",
    "strict: { ...base, rejectHashAlgorithms: new Set([hash.md5, hash.ripemd, hash.sha1]) }",
    "strict: base",
  ],
  [
    "openpgp-config",
    "rejectHashAlgorithms: new Set([hash.md5, hash.ripemd]),",
    "rejectHashAlgorithms: new Set(),",
  ],
  ["policy", "if (Number.isNaN(now))", "if (false)"],
  ["policy", "!Number.isFinite(policy.maxFuture) || policy.maxFuture < 0", "policy.maxFuture < 0"],
  ["policy", "latest: new Date(now + policy.maxFuture)", "latest: new Date(now)"],
  ["policy", "fingerprints.length === 0 ? undefined", "true ? undefined"],
  ["limits", "document: 10_000_000", "document: 20_000_000"],
  ["signed-text", "if (key !== OURS)", "if (false)"],
  ["signed-text", "Object.freeze(this);", ""],
  ["escape-text", "\\p{Cc}", ""],
  ["detached", 'Release`, release, "document");', 'Release`, signature, "document");'],
  ["signing-key", "await packet.validate();", ""],
  ["signing-key", 'cause.message.startsWith("Incorrect key passphrase")', "false"],
  ["signing-key", "if (packet.isMissingSecretKeyMaterial()) return false;", ""],
  ["signer", "named: false", "named: true"],
  ["signer", 'version !== 4 || kind === "ed25519" || kind === "ed448"', "false"],
  ["signer", "b.getCreationTime().getTime() - a.getCreationTime().getTime()", "0"],
  ["clearsign-text", 'replaceAll("\\n-", "\\n- -")', 'replace(/^-/gm, "- -")'],
  ["sign", "openpgp.enums.hash.sha512", "openpgp.enums.hash.sha1"],
  ["sign", "AT_FAULT.includes(cause.code)", "true"],
  ["private-key-file", "if (secret.length > 1)", "if (false)"],
];

const asked = process.argv.slice(2);
const chosen = MUTANTS.filter(
  (mutant) => asked.length === 0 || asked.some((part) => mutant.join(" ").includes(part)),
);

/** Whether the quick tests fail on a copy of the package with a mutant in it. */
async function kills([file, from, to]) {
  const directory = await mkdtemp(join(tmpdir(), "verify-mutant-"));
  try {
    for (const part of ["src", "test", "package.json", "vitest.config.ts"]) {
      await cp(join(home, part), join(directory, part), { recursive: true });
    }
    await symlink(join(home, "node_modules"), join(directory, "node_modules"));
    const path = join(directory, "src", `${file}.ts`);
    const source = await readFile(path, "utf8");
    if (!source.includes(from)) throw new Error(`${file}.ts has no ${JSON.stringify(from)}`);
    await writeFile(
      path,
      source.replace(from, () => to),
    );
    const tests = QUICK.map((name) => `test/${name}.test.ts`);
    const vitest = join(home, "node_modules", "vitest", "vitest.mjs");
    const args = [vitest, "run", "--bail=1", "--testTimeout=20000", ...tests];
    const run = spawn(process.execPath, args, { cwd: directory, stdio: "ignore" });
    return await new Promise((resolve, reject) => {
      run.on("error", reject);
      run.on("exit", (status) => resolve(status !== 0));
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

if (await kills(["error", "export", "export"])) {
  throw new Error("the quick tests fail without any mutant");
}
const survivors = [];
const left = [...chosen];
async function work() {
  for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
    if (!(await kills(mutant))) survivors.push(mutant);
  }
}
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
for (const [file, from, to] of survivors) {
  console.log(`survived: ${file}.ts\n  - ${from}\n  + ${to || "(nothing)"}`);
}
const killed = chosen.length - survivors.length;
const share = killed / chosen.length;
console.log(`${killed} of ${chosen.length} mutants killed (${(share * 100).toFixed(1)}%)`);
process.exitCode = share >= GOAL ? 0 : 1;
