import type { SignatureCase } from "./signature-case.js";

const FORM = "ERR_VERIFY_BAD_SIGNATURE_FORMAT";
const TAMPERED = "ERR_VERIFY_BAD_SIGNATURE";
const EVIL = "Origin: Evil\nSuite: stable\nCodename: stable\n";

/** A Release with what somebody made of gpg's signature for it. */
function pair(
  name: string,
  expect: SignatureCase["expect"],
  edit: (signature: string, release: string) => string,
): SignatureCase {
  return {
    name,
    expect,
    make: async ({ keys, release }) => ({
      Release: release,
      "Release.gpg": edit((await keys.detach(release)).toString(), release),
    }),
  };
}

/** Release beside Release.gpg, alone and with an InRelease. */
export const PAIR_CASES: readonly SignatureCase[] = [
  pair("an armored Release.gpg", "accepted", (signature) => signature),
  pair("a Release.gpg with CRLF line ends", "accepted", (signature) =>
    signature.replaceAll("\n", "\r\n"),
  ),
  pair("a Release.gpg with a Version header", "accepted", (signature) =>
    signature.replace("\n\n", "\nVersion: GnuPG v1\n\n"),
  ),
  pair("text before the signature", FORM, (signature) => `${EVIL}${signature}`),
  pair("an empty line before the signature", FORM, (signature) => `\n${signature}`),
  pair("text after the signature", FORM, (signature) => `${signature}${EVIL}`),
  // The shape of CVE-2019-3462: what is injected ends in a good signature.
  pair("a Release and its signature in Release.gpg", FORM, (signature) => `${EVIL}\n${signature}`),
  pair("an HTML page as Release.gpg", FORM, () => "<html>404</html>\n"),
  pair("an empty Release.gpg", FORM, () => ""),
  pair("a Release.gpg cut short", FORM, (signature) => signature.slice(0, signature.length / 2)),
  {
    name: "a binary Release.gpg",
    expect: "accepted",
    apt: "refuses",
    make: async ({ keys, release }) => ({
      Release: release,
      "Release.gpg": await keys.detach(release, { binary: true }),
    }),
  },
  {
    name: "a Release.gpg by RSA and Ed25519, one known",
    expect: "accepted",
    make: async ({ keys, release }) => ({
      Release: release,
      "Release.gpg": await keys.detach(release, { by: ["rsa", "archive"] }),
    }),
  },
  {
    name: "two signature blocks in Release.gpg",
    expect: "accepted",
    make: async ({ keys, release }) => ({
      Release: release,
      "Release.gpg": Buffer.concat([
        await keys.detach(release, { by: ["other"] }),
        await keys.detach(release),
      ]),
    }),
  },
  {
    name: "a text-mode signature",
    expect: "accepted",
    make: async ({ keys, release }) => ({
      Release: release,
      "Release.gpg": await keys.detach(release, { args: ["--textmode"] }),
    }),
  },
  {
    name: "the Release.gpg of another Release",
    expect: TAMPERED,
    make: async ({ keys, release, old }) => ({
      Release: release,
      "Release.gpg": await keys.detach(old),
    }),
  },
  {
    name: "a Release with a line more than was signed",
    expect: TAMPERED,
    make: async ({ keys, release }) => ({
      Release: `${release}NotAutomatic: yes\n`,
      "Release.gpg": await keys.detach(release),
    }),
  },
  {
    name: "a Release.gpg by an unknown key",
    expect: "ERR_VERIFY_UNKNOWN_KEY",
    make: async ({ keys, release }) => ({
      Release: release,
      "Release.gpg": await keys.detach(release, { by: ["other"] }),
    }),
  },
  {
    name: "a SHA-1 Release.gpg",
    expect: "ERR_VERIFY_WEAK_HASH",
    make: async ({ keys, release }) => {
      const args = ["--digest-algo", "SHA1", "--allow-weak-digest-algos"];
      return { Release: release, "Release.gpg": await keys.detach(release, { by: ["rsa"], args }) };
    },
    keyring: ({ keys }) => keys.keyring("rsa"),
  },
  {
    name: "a clearsigned document as Release.gpg",
    expect: FORM,
    make: async ({ keys, release }) => ({
      Release: release,
      "Release.gpg": await keys.clearsign(release),
    }),
  },
  {
    name: "a whole signed message as Release.gpg",
    expect: FORM,
    make: async ({ keys, release }) => ({
      Release: release,
      "Release.gpg": await keys.run(["--sign", "--armor", "--output", "-", "-"], release),
    }),
  },
  {
    name: "a public key as Release.gpg",
    expect: FORM,
    make: async ({ keys, release }) => ({
      Release: release,
      "Release.gpg": await keys.armored("archive"),
    }),
  },
  {
    name: "a Release without Release.gpg",
    expect: "ERR_SYNC_NO_RELEASE",
    make: async ({ release }) => ({ Release: release }),
  },
  {
    name: "a Release.gpg without Release",
    expect: "ERR_SYNC_NO_RELEASE",
    make: async ({ keys, release }) => ({ "Release.gpg": await keys.detach(release) }),
  },
  {
    name: "all three files, in agreement",
    expect: "accepted",
    make: async ({ keys, release }) => ({
      InRelease: await keys.clearsign(release),
      Release: release,
      "Release.gpg": await keys.detach(release),
    }),
  },
  {
    name: "a bad InRelease beside a good pair",
    expect: TAMPERED,
    make: async ({ keys, release }) => ({
      InRelease: (await keys.clearsign(release)).replace("Origin: Test", "Origin: Evil"),
      Release: release,
      "Release.gpg": await keys.detach(release),
    }),
  },
  {
    name: "a good InRelease beside another Release",
    expect: "accepted",
    published: ["InRelease"],
    make: async ({ keys, release }) => ({
      InRelease: await keys.clearsign(release),
      Release: release.replace("Origin: Test", "Origin: Evil"),
      "Release.gpg": await keys.detach(release),
    }),
  },
  {
    name: "a good InRelease beside an older pair, well signed",
    expect: "accepted",
    published: ["InRelease"],
    make: async ({ keys, release, old }) => ({
      InRelease: await keys.clearsign(release),
      Release: old,
      "Release.gpg": await keys.detach(old),
    }),
  },
  {
    name: "a good InRelease and Release beside a bad Release.gpg",
    expect: "accepted",
    published: ["InRelease", "Release"],
    make: async ({ keys, release }) => ({
      InRelease: await keys.clearsign(release),
      Release: release,
      "Release.gpg": await keys.detach(release, { by: ["other"] }),
    }),
  },
];
