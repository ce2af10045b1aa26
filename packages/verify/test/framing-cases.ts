import type * as openpgp from "openpgp";
import { type Case, type Mark, markAs } from "./case.js";
import { armorBlock, clearsign, publicBytes, RELEASE, utf8 } from "./material.js";

/** How a clearsigned file can be dressed, and misdressed. */
export async function framingCases(key: openpgp.PrivateKey): Promise<Case[]> {
  const keyring = publicBytes(key);
  const good = await clearsign(RELEASE, key);
  const empty = await clearsign(`${RELEASE}\n`, key);
  const long = RELEASE.replace("Label: Test", `Label: ${"x".repeat(20_000)}`);
  const evil = RELEASE.replace("Origin: Test", "Origin: Evil");
  const begin = "-----BEGIN PGP SIGNED MESSAGE-----\n";
  const end = "-----END PGP SIGNATURE-----\n";
  const [head = "", block = ""] = good.split(/(?=-----BEGIN PGP SIGNATURE)/);
  const bad = "ERR_VERIFY_BAD_CLEARSIGN";
  const none = "ERR_VERIFY_NOT_CLEARSIGNED";
  const form = "ERR_VERIFY_BAD_SIGNATURE_FORMAT";
  const tampered = "ERR_VERIFY_BAD_SIGNATURE";
  const table: readonly (readonly [string, string, Case["expect"], Mark?])[] = [
    ["a plain InRelease", good, "accepted"],
    ["no armor header at all", good.replace("Hash: SHA512\n", ""), "accepted"],
    ["several Hash headers", good.replace("\n\n", "\nHash: SHA256, SHA1\n\n"), "accepted"],
    ["CRLF line ends throughout", good.replaceAll("\n", "\r\n"), "accepted"],
    ["no line end after the last line", good.replace(/\n$/, ""), "accepted"],
    ["blanks added at line ends of the text", good.replace("Test\n", "Test \t \n"), "accepted"],
    ["text lines dash-escaped", good.replace(/^(?=(Origin|Suite| e3b0))/gm, "- "), "accepted"],
    ["an empty file", "", none],
    ["a captive portal's page", "<html><body>Log in</body></html>\n", none],
    ["a bare Release", RELEASE, none],
    ["text before the block", `Origin: Evil\n\n${good}`, none],
    ["an empty line before the block", `\n${good}`, none],
    ["a byte order mark before the block", `\ufeff${good}`, none],
    ["blanks after the BEGIN line's dashes", good.replace("GE-----", "GE----- "), none, "strict"],
    ["a blank before the BEGIN line", ` ${good}`, none],
    ["text after the block", `${good}Origin: Evil\n`, form],
    ["an empty line after the block", `${good}\n`, form],
    ["a second clearsigned block", `${good}${good}`, form],
    ["a second signature block", `${good}${block}`, form, "strict"],
    ["a line that gpgv cuts short", await clearsign(long, key), bad],
    ["an escaped line more", good.replace(block, `- x\n${block}`), tampered],
    ["an escaped empty line", empty.replace(/\n(?=\n-----BEGIN PGP SIG)/, "\n- "), bad],
    ["an escaped line of blanks", empty.replace(/\n(?=\n-----BEGIN PGP SIG)/, "\n-  \t\r"), bad],
    [
      "a Release field as armor header",
      good.replace("Hash:", "Origin: Evil\nHash:"),
      bad,
      "strict",
    ],
    ["17 armor headers", good.replace("\n", `\n${"Hash: SHA512\n".repeat(16)}`), bad, "strict"],
    [
      "a signature marker with more on its line",
      good.replace("Label:", "-----BEGIN PGP SIGNATURE-----x\nLabel:"),
      bad,
    ],
    ["an armor header without a value", good.replace("Hash: SHA512", "Hash:"), bad, "strict"],
    ["an unescaped dash in the headers", good.replace("Hash:", "-Hash:"), bad],
    ["headers ended by a line of blanks", good.replace("\n\n", "\n  \n"), bad, "strict"],
    ["blanks hiding text among the headers", good.replace("\n\n", `\n \n${evil}\n\n`), bad],
    ["an unescaped dash in the text", good.replace("Label:", "-Label:"), bad],
    ["a foreign marker line in the text", good.replace("Label:", `${begin}Label:`), bad],
    [
      "a PGP MESSAGE marker in the text",
      good.replace("Label:", "-----BEGIN PGP MESSAGE-----\nLabel:"),
      bad,
    ],
    ["a CR inside a line", good.replace("Label: Test", "Label: \rTest"), bad],
    ["a NUL inside a line", good.replace("Label: Test", "Label: \0Test"), bad],
    ["no signature block", head, bad],
    ["a signature block that is not closed", good.replace(end, ""), form],
    ["a dash inside the signature", good.replace(end, `-x\n${end}`), form],
    ["garbage base64", good.replace(/\n([A-Za-z0-9+/]{60})/, "\n!!!!$1"), form, "strict"],
    ["base64 cut short", good.replace(/[A-Za-z0-9+/]{5}=*\n-----END/, "\n-----END"), form],
    ["a wrong armor checksum", good.replace(end, `=AAAA\n${end}`), form],
    ["an empty signature", good.replace(block, `-----BEGIN PGP SIGNATURE-----\n\n${end}`), form],
    ["a key instead of a signature", head + armorBlock(keyring), form],
    ["a changed value", good.replace("Origin: Test", "Origin: Evil"), tampered],
    ["an added line", good.replace("Label:", "Extra: x\nLabel:"), tampered],
    ["a removed line", good.replace("Label: Test\n", ""), tampered],
    ["an empty line added at the end", good.replace(block, `\n${block}`), tampered],
    ["an empty line added at the start", good.replace("Origin:", "\nOrigin:"), tampered],
    ["a blank put before a line", good.replace("Label:", " Label:"), tampered],
  ];
  return table.map(([name, text, expect, mark]) => ({
    name,
    keyring,
    inRelease: utf8(text),
    expect,
    ...markAs(mark),
  }));
}
