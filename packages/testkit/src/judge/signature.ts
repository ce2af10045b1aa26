import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createMessage,
  type Key,
  readCleartextMessage,
  readKeys,
  readSignature,
  verify,
} from "openpgp";
import { temporaryDirectory } from "../temporary-directory.js";
import { findTool, runTool } from "../tool.js";

/** Checks signatures with one keyring. */
export interface SignatureJudge {
  readonly verifier: "gpgv" | "openpgp.js";
  /** The signed text of a clearsigned file, or why no signature counts. */
  clearsigned(path: string): Promise<{ text: string } | { fault: string }>;
  /** Why no detached signature counts, or undefined when one does. */
  detached(path: string, signaturePath: string): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Uses gpgv where it is installed, else openpgp.js. */
export async function openSignatureJudge(keyring: string | Uint8Array): Promise<SignatureJudge> {
  const bytes = typeof keyring === "string" ? await readFile(keyring) : Buffer.from(keyring);
  const keys = await keysIn(bytes);
  return findTool("gpgv") === undefined ? openpgpJudge(keys) : gpgvJudge(keys);
}

async function gpgvJudge(keys: readonly Key[]): Promise<SignatureJudge> {
  const directory = await temporaryDirectory("judge-");
  const keyring = join(directory.path, "keyring.gpg");
  await writeFile(keyring, Buffer.concat(keys.map((key) => key.write())));
  let outputs = 0;
  const run = async (args: readonly string[]): Promise<string | undefined> => {
    const common = ["--homedir", directory.path, "--keyring", keyring, "--status-fd", "1"];
    const { stdout, stderr } = await runTool("gpgv", [...common, ...args]);
    return counts(stdout.toString()) ? undefined : stderr.trim().replaceAll("\n", "; ");
  };
  return {
    verifier: "gpgv",
    async clearsigned(path) {
      const outside = outsideTheBlock(await readFile(path, "latin1"));
      if (outside !== undefined) {
        return { fault: outside };
      }
      const output = join(directory.path, `payload-${outputs++}`);
      const fault = await run(["--output", output, path]);
      return fault === undefined ? { text: await readFile(output, "utf8") } : { fault };
    },
    detached: (path, signaturePath) => run([signaturePath, path]),
    close: () => directory.remove(),
  };
}

// GOODSIG alone comes from a valid, unexpired, unrevoked key; field 8 of VALIDSIG is the digest (RFC 9580, 9.5): 8 and above, without 11, are SHA-2 of 256 bits and more.
function counts(status: string): boolean {
  let good = false;
  let accepted = false;
  for (const line of status.split("\n")) {
    const [, keyword, ...args] = line.split(" ");
    if (keyword === "BADSIG") {
      return false;
    }
    if (keyword === "NEWSIG") {
      good = false;
    } else if (keyword === "GOODSIG") {
      good = true;
    } else if (keyword === "VALIDSIG" && good) {
      accepted ||= ["8", "9", "10"].includes(args[7] ?? "");
    }
  }
  return accepted;
}

function openpgpJudge(keys: readonly Key[]): SignatureJudge {
  const anyGood = async (
    signatures: readonly { readonly verified: Promise<true> }[],
  ): Promise<string | undefined> => {
    const results = await Promise.allSettled(signatures.map((signature) => signature.verified));
    return results.some((result) => result.status === "fulfilled")
      ? undefined
      : results
          .map((result) => (result.status === "rejected" ? String(result.reason) : ""))
          .join("; ") || "no signature";
  };
  return {
    verifier: "openpgp.js",
    async clearsigned(path) {
      const cleartextMessage = await readFile(path, "utf8");
      const outside = outsideTheBlock(cleartextMessage);
      if (outside !== undefined) {
        return { fault: outside };
      }
      try {
        const message = await readCleartextMessage({ cleartextMessage });
        const { data, signatures } = await verify({ message, verificationKeys: [...keys] });
        const fault = await anyGood(signatures);
        return fault === undefined ? { text: `${data}\n` } : { fault };
      } catch (error) {
        return { fault: String(error) };
      }
    },
    async detached(path, signaturePath) {
      try {
        const signature = await readAnySignature(await readFile(signaturePath));
        const message = await createMessage({ binary: await readFile(path) });
        await message.appendSignature(signature.write() as Uint8Array);
        return await anyGood(await message.verify([...keys]));
      } catch (error) {
        return String(error);
      }
    },
    close: async () => {},
  };
}

function readAnySignature(bytes: Buffer): ReturnType<typeof readSignature> {
  return bytes.subarray(0, 10).toString("latin1") === "-----BEGIN"
    ? readSignature({ armoredSignature: bytes.toString("latin1") })
    : readSignature({ binarySignature: bytes });
}

// What apt refuses as "not split": the file is one clearsigned block and nothing else.
function outsideTheBlock(text: string): string | undefined {
  const lines = text.split("\n").map((line) => line.trimEnd());
  while (lines.at(-1) === "") {
    lines.pop();
  }
  const marks = lines.filter((line) => line.startsWith("-----"));
  const expected = ["BEGIN PGP SIGNED MESSAGE", "BEGIN PGP SIGNATURE", "END PGP SIGNATURE"];
  const inOrder =
    marks.length === expected.length &&
    marks.every((mark, index) => mark === `-----${expected[index]}-----`);
  return inOrder && lines[0] === marks[0] && lines.at(-1) === marks.at(-1)
    ? undefined
    : "not exactly one clearsigned block";
}

async function keysIn(bytes: Buffer): Promise<Key[]> {
  const text = bytes.toString("latin1");
  if (!text.includes("-----BEGIN PGP PUBLIC KEY BLOCK-----")) {
    return readKeys({ binaryKeys: bytes });
  }
  const blocks =
    text.match(/-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g) ??
    [];
  const keys = await Promise.all(blocks.map((armoredKeys) => readKeys({ armoredKeys })));
  return keys.flat();
}
