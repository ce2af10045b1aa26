import * as openpgp from "openpgp";
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
    ["two armor blocks", armorBlock(foreign) + armored, "accepted"],
    ["two signatures in one block", armorBlock(Buffer.concat([foreign, good])), "accepted"],
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
