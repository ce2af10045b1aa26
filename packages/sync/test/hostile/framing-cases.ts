import { edited, type SignatureCase, signatureBlock } from "./signature-case.js";

const NONE = "ERR_VERIFY_NOT_CLEARSIGNED";
const BAD = "ERR_VERIFY_BAD_CLEARSIGN";
const FORM = "ERR_VERIFY_BAD_SIGNATURE_FORMAT";
const TAMPERED = "ERR_VERIFY_BAD_SIGNATURE";

const EVIL = "Origin: Evil\nSuite: stable\nCodename: stable\n";

/** The text comes before the block of its signature, whatever else is put there. */
const beforeSignature = (good: string, text: string) =>
  good.replace("-----BEGIN PGP SIGNATURE", `${text}-----BEGIN PGP SIGNATURE`);

/** One InRelease by gpg, dressed and misdressed on its way. */
export const FRAMING_CASES: readonly SignatureCase[] = [
  edited("an InRelease as gpg makes it", "accepted", (good) => good),
  edited("CRLF line ends", "accepted", (good) => good.replaceAll("\n", "\r\n")),
  edited("blanks that a proxy put at line ends", "accepted", (good) =>
    good.replace("Label: Test\n", "Label: Test \t\n"),
  ),
  edited("no line end at the end of the file", "accepted", (good) => good.trimEnd()),
  edited("dash-escaped lines", "accepted", (good) => good.replace(/^(?=Origin)/m, "- ")),
  {
    ...edited("no Hash header", "accepted", (good) => good.replace(/^Hash: .*\n/m, "")),
    // apt splits the document before gpgv sees it; gpgv alone wants the header.
    gpgv: "refuses",
  },
  edited("an empty file", NONE, () => ""),
  edited("a captive portal's page", NONE, () => "<html><body>Log in</body></html>\n"),
  edited("an unsigned Release in its place", NONE, (_good, release) => release),
  edited("text before the block", NONE, (good) => `${EVIL}\n${good}`),
  edited("an empty line before the block", NONE, (good) => `\n${good}`),
  edited("a byte order mark before the block", NONE, (good) => `\ufeff${good}`),
  edited("text after the block", FORM, (good) => `${good}${EVIL}`),
  edited("an empty line after the block", FORM, (good) => `${good}\n`),
  edited("a NUL after the block", FORM, (good) => `${good}\0`),
  edited("two messages in one file", FORM, (good) => good + good),
  edited("a second signature block", FORM, (good) => good + signatureBlock(good), "accepts"),
  edited(
    "a Release field as armor header",
    BAD,
    (good) => good.replace("Hash:", `${EVIL}Hash:`),
    "accepts",
  ),
  edited("a Release hidden among the armor headers", BAD, (good) =>
    good.replace("\n\n", `\n \n${EVIL}\n\n`),
  ),
  edited("an unescaped dash in the text", BAD, (good) => good.replace("Label:", "-Label:")),
  edited("a second BEGIN line in the text", BAD, (good) =>
    good.replace("Label:", "-----BEGIN PGP SIGNED MESSAGE-----\nLabel:"),
  ),
  edited("a CR that hides a field from line readers", BAD, (good) =>
    good.replace("Label: Test", "Label: Test\rOrigin: Evil"),
  ),
  edited("a NUL in the text", BAD, (good) => good.replace("Label: Test", "Label: Te\0st")),
  edited("the signature cut off", BAD, (good) => good.replace(signatureBlock(good), "")),
  edited("cut in the middle of the signature", FORM, (good) => good.slice(0, -60)),
  edited("cut in the middle of the text", BAD, (good) => good.slice(0, good.length / 2)),
  edited("a wrong armor checksum", FORM, (good) => good.replace(/\n=.{4}\n/, "\n=AAAA\n")),
  edited("a changed value", TAMPERED, (good) => good.replace("Origin: Test", "Origin: Evil")),
  edited("a changed hash", TAMPERED, (good) =>
    good.replace(/^ [0-9a-f]{64}/m, ` ${"0".repeat(64)}`),
  ),
  edited("an added field", TAMPERED, (good) => good.replace("Label:", "NotAutomatic: yes\nLabel:")),
  edited("a removed field", TAMPERED, (good) => good.replace(/^Date: .*\n/m, "")),
  edited("lines joined", TAMPERED, (good) => good.replace("Test\nLabel", "Test Label")),
  edited("an empty line more at the end of the text", TAMPERED, (good) =>
    beforeSignature(good, "\n"),
  ),
  {
    name: "the signature of another document",
    expect: TAMPERED,
    make: async ({ keys, release, old }) => {
      const [good, other] = [await keys.clearsign(release), await keys.clearsign(old)];
      return { InRelease: good.replace(signatureBlock(good), signatureBlock(other)) };
    },
  },
  {
    name: "a clearsigned document in a clearsigned document",
    expect: "ERR_SYNC_BAD_RELEASE",
    make: async ({ keys, release }) => ({
      InRelease: await keys.clearsign(await keys.clearsign(release)),
    }),
  },
  {
    name: "a text that gpg signed without escapes",
    expect: BAD,
    make: async ({ keys, release }) => ({
      InRelease: await keys.clearsign(release, { args: ["--not-dash-escaped"] }),
    }),
  },
  {
    name: "a signed message that is not clearsigned",
    expect: NONE,
    make: async ({ keys, release }) => ({
      InRelease: await keys.run(["--sign", "--armor", "--output", "-", "-"], release),
    }),
  },
  {
    name: "a binary signed message",
    expect: NONE,
    make: async ({ keys, release }) => ({
      InRelease: await keys.run(["--sign", "--output", "-", "-"], release),
    }),
  },
  {
    name: "gpg's version and a comment in the signature",
    expect: "accepted",
    make: async ({ keys, release }) => ({
      InRelease: await keys.clearsign(release, {
        args: ["--emit-version", "--comment", "Signed in a vault"],
      }),
    }),
  },
];
