import * as openpgp from "openpgp";
import { crc24 } from "../src/crc24.js";
import { type Case, type Mark, markAs } from "./case.js";
import {
  armorBlock,
  canonical,
  clearsign,
  publicBytes,
  RELEASE,
  signBytes,
  utf8,
} from "./material.js";

const { signature: type } = openpgp.enums;

/** Releases beside their Release.gpg. */
export async function detachedCases(
  key: openpgp.PrivateKey,
  other: openpgp.PrivateKey,
): Promise<Case[]> {
  const keyring = publicBytes(key);
  const release = utf8(RELEASE);
  const good = await signBytes(release, key);
  const text = await signBytes(canonical(`${RELEASE}\n`), key, { type: type.text });
  const foreign = await signBytes(release, other);
  const form = "ERR_VERIFY_BAD_SIGNATURE_FORMAT";
  const armored = armorBlock(good);
  const indeterminate = new Uint8Array([0x8b]);
  // As many as it takes for bytes that need no padding.
  const whole = Buffer.concat([good, good, good]);
  const unannounced = armorBlock(whole).replace(/\n=.{4}\n/, "\n");
  const joined = armorBlock(Buffer.concat(Array(8).fill(good))).replace(
    /(?<=[A-Za-z0-9+/])\n(?=[A-Za-z0-9+/])/g,
    "",
  );
  const long = RELEASE.replace("Label: Test", `Label: ${"x".repeat(20_000)}`);
  const nul = RELEASE.replace("Label: Test", "Label: Te\0st");
  const table: readonly (readonly [
    string,
    Uint8Array | string,
    Case["expect"],
    Mark?,
    Uint8Array?,
  ])[] = [
    ["an armored Release.gpg", armored, "accepted"],
    ["a binary Release.gpg", good, "accepted", "beyondGpgv"],
    ["a text signature", armorBlock(text), "accepted"],
    [
      "a text signature of lines that gpgv cuts short",
      armorBlock(await signBytes(utf8(long), key, { type: type.text })),
      "ERR_VERIFY_UNSUPPORTED_SIGNATURE",
      undefined,
      utf8(long),
    ],
    [
      "a binary signature of the same lines",
      armorBlock(await signBytes(utf8(long), key)),
      "accepted",
      undefined,
      utf8(long),
    ],
    [
      "a text signature of a line with a NUL",
      armorBlock(await signBytes(utf8(nul), key, { type: type.text })),
      "ERR_VERIFY_UNSUPPORTED_SIGNATURE",
      "strict",
      utf8(nul),
    ],
    [
      "a text signature of a text that ends with a CR",
      armorBlock(await signBytes(utf8(`${RELEASE}\r`), key, { type: type.text })),
      "ERR_VERIFY_UNSUPPORTED_SIGNATURE",
      undefined,
      utf8(`${RELEASE}\r`),
    ],
    ["two armor blocks", armorBlock(foreign) + armored, "accepted"],
    ["two signatures in one block", armorBlock(Buffer.concat([foreign, good])), "accepted"],
    ["neither padding nor checksum", unannounced, "accepted"],
    ["neither of them after another block", armorBlock(foreign) + unannounced, "accepted"],
    ["neither of them before another block", unannounced + armored, form, "strict"],
    ["a line of base64 that is too long", joined, form, "strict"],
    ["base64 after its padding", armored.replace(/=\n(?=-----END)/, "=\nAAAA\n"), form, "strict"],
    ["base64 with padding too short", armored.replace(/=\n(?=-----END)/, "\n"), form, "strict"],
    [
      "base64 after the checksum",
      armored.replace(/(?=-----END)/, `=${crc24(good)}\nAAAA\n`),
      form,
      "strict",
    ],
    [
      "a second checksum",
      armored.replace(/(?=-----END)/, `=AAAA\n=${crc24(good)}\n`),
      form,
      "strict",
    ],
    ["a packet of indeterminate length", Buffer.concat([indeterminate, good.subarray(2)]), form],
    ["CRLF line ends in the armor", armored.replaceAll("\n", "\r\n"), "accepted"],
    ["a Version header", armored.replace("\n\n", "\nVersion: GnuPG v2\n\n"), "accepted"],
    ["text before the armor", `Hello\n${armored}`, form],
    ["an empty line before the armor", `\n${armored}`, form],
    ["text after the armor", `${armored}Hello\n`, form],
    ["an empty line after the armor", `${armored}\n`, form],
    ["armor that is not closed", armored.replace(/-----END.*\n/, ""), form],
    ["an HTML page", "<html>\n", form],
    ["an empty file", "", form],
    ["garbage bytes", new Uint8Array([0xff, 0xff, 1, 2, 3]), form],
    ["a binary signature cut short", good.subarray(0, good.length - 3), form],
    ["a public key", armorBlock(keyring), form],
    ["a clearsigned text", utf8(await clearsign(RELEASE, key)), form],
    ["a changed Release", armored, "ERR_VERIFY_BAD_SIGNATURE", undefined, utf8(`${RELEASE}\n`)],
    [
      "a Release with a blank more",
      armored,
      "ERR_VERIFY_BAD_SIGNATURE",
      undefined,
      utf8(RELEASE.replace("Origin: Test", "Origin: Test ")),
    ],
    ["an unknown key", armorBlock(foreign), "ERR_VERIFY_UNKNOWN_KEY"],
  ];
  return table.map(([name, given, expect, mark, body]) => ({
    name: `Release.gpg: ${name}`,
    keyring,
    release: body ?? release,
    signature: typeof given === "string" ? utf8(given) : given,
    expect,
    ...markAs(mark),
  }));
}
