import { days, type Signing } from "./archive-keys.js";
import { type SignatureCase, signatureBlock } from "./signature-case.js";

/** An InRelease by these signers, judged by a keyring of these keys. */
function signed(
  name: string,
  expect: SignatureCase["expect"],
  signing: Signing,
  options: {
    readonly keyring?: readonly string[];
    readonly apt?: SignatureCase["apt"];
  } = {},
): SignatureCase {
  const { keyring = signing.by ?? ["archive"], apt } = options;
  return {
    name,
    expect,
    ...(apt ? { apt } : {}),
    make: async ({ keys, release }) => ({ InRelease: await keys.clearsign(release, signing) }),
    keyring: ({ keys }) => keys.keyring(...keyring),
  };
}

const digest = (algorithm: string): Signing => ({
  by: ["rsa"],
  args: ["--digest-algo", algorithm, "--allow-weak-digest-algos"],
});

/** Who signed, with what, and when. */
export const SIGNER_CASES: readonly SignatureCase[] = [
  signed("an RSA 2048 key", "accepted", { by: ["rsa"] }),
  signed("an ECDSA key", "accepted", { by: ["nist"] }),
  signed("a Brainpool key beside a good one", "accepted", { by: ["brainpool", "archive"] }),
  signed("a signing subkey", "accepted", { by: ["subkeyed"] }),
  signed("a key with some days left", "accepted", { by: ["fresh"] }),
  signed("RSA and Ed25519, both known", "accepted", { by: ["rsa", "archive"] }),
  signed(
    "RSA and Ed25519, RSA known",
    "accepted",
    { by: ["rsa", "archive"] },
    { keyring: ["rsa"] },
  ),
  signed(
    "RSA and Ed25519, Ed25519 known",
    "accepted",
    { by: ["rsa", "archive"] },
    { keyring: ["archive"] },
  ),
  // As Debian has it: the archive keys of two releases, and the release's own key.
  signed(
    "three signers, one known",
    "accepted",
    { by: ["subkeyed", "rsa", "nist"] },
    { keyring: ["nist"] },
  ),
  signed("two signers, one long expired", "accepted", { by: ["veteran", "expired"], at: days(-8) }),
  signed("a SHA-256 signature", "accepted", digest("SHA256")),
  signed("a SHA-384 signature", "accepted", digest("SHA384")),
  signed("an unknown key", "ERR_VERIFY_UNKNOWN_KEY", { by: ["other"] }, { keyring: ["archive"] }),
  signed(
    "two unknown keys",
    "ERR_VERIFY_UNKNOWN_KEY",
    { by: ["other", "rsa"] },
    { keyring: ["archive"] },
  ),
  signed("an MD5 signature", "ERR_VERIFY_WEAK_HASH", digest("MD5")),
  signed("a RIPEMD-160 signature", "ERR_VERIFY_WEAK_HASH", digest("RIPEMD160")),
  signed("a SHA-1 signature", "ERR_VERIFY_WEAK_HASH", digest("SHA1")),
  signed(
    "a Brainpool key alone",
    "ERR_VERIFY_UNSUPPORTED_SIGNATURE",
    { by: ["brainpool"] },
    { apt: "accepts" },
  ),
  signed("a SHA-224 signature", "ERR_VERIFY_WEAK_HASH", digest("SHA224"), { apt: "accepts" }),
  signed("an RSA 1024 key", "ERR_VERIFY_WEAK_KEY", { by: ["weak"] }, { apt: "accepts" }),
  signed("a DSA key", "ERR_VERIFY_WEAK_KEY", { by: ["dsa"] }, { apt: "accepts" }),
  signed("a key on secp256k1", "ERR_VERIFY_WEAK_KEY", { by: ["koblitz"] }, { apt: "accepts" }),
  signed("an expired key", "ERR_VERIFY_EXPIRED_KEY", { by: ["expired"], at: days(-8) }),
  signed("an expired subkey", "ERR_VERIFY_EXPIRED_KEY", { by: ["lateSubkey"], at: days(-8) }),
  signed("an expired signature", "ERR_VERIFY_EXPIRED_SIGNATURE", {
    by: ["veteran"],
    at: days(-8),
    args: ["--default-sig-expire", "2d"],
  }),
  signed(
    "a signature from tomorrow",
    "ERR_VERIFY_FUTURE_SIGNATURE",
    { at: days(1) },
    { apt: "accepts" },
  ),
  signed(
    "a key and signature from tomorrow",
    "ERR_VERIFY_FUTURE_SIGNATURE",
    { by: ["tomorrow"], at: days(1.1) },
    { apt: "accepts" },
  ),
  signed(
    "a signature older than its key",
    "ERR_VERIFY_UNUSABLE_KEY",
    { at: days(-20), args: ["--ignore-time-conflict", "--ignore-valid-from"] },
    { apt: "accepts" },
  ),
  signed("a critical notation that nobody knows", "ERR_VERIFY_BAD_SIGNATURE", {
    args: ["--sig-notation", "!must-know@example.org=1"],
  }),
  signed("a notation and a policy URL", "accepted", {
    args: ["--sig-notation", "note@example.org=1", "--sig-policy-url", "https://example.org/"],
  }),
  {
    name: "two signatures, the second made for another text",
    expect: "ERR_VERIFY_BAD_SIGNATURE",
    make: async ({ keys, release, old }) => {
      const good = await keys.clearsign(release, { by: ["archive"] });
      const packets = await Promise.all([
        keys.run(["--dearmor"], signatureBlock(good)),
        keys.run(["--dearmor"], signatureBlock(await keys.clearsign(old, { by: ["rsa"] }))),
      ]);
      const armor = await keys.run(["--enarmor"], Buffer.concat(packets));
      const block = armor.toString().replaceAll("ARMORED FILE", "SIGNATURE");
      return { InRelease: good.replace(signatureBlock(good), block.replace(/^Comment.*\n/m, "")) };
    },
    keyring: ({ keys }) => keys.keyring("archive", "rsa"),
  },
  {
    name: "a revoked key",
    expect: "ERR_VERIFY_REVOKED_KEY",
    make: async ({ keys, release }) => ({
      InRelease: await keys.clearsign(release, { by: ["revoked"] }),
    }),
    keyring: ({ keys }) =>
      keys.altered("revoked", async (home) =>
        home.run(["--import"], await keys.revocation("revoked")),
      ),
  },
  {
    name: "a key revoked as superseded",
    expect: "ERR_VERIFY_REVOKED_KEY",
    make: async ({ keys, release }) => ({
      InRelease: await keys.clearsign(release, { by: ["superseded"] }),
    }),
    keyring: ({ keys }) =>
      keys.altered("superseded", (home) =>
        home.run(
          ["--command-fd", "0", "--edit-key", keys.fingerprint("superseded")],
          "revkey\ny\n2\n\ny\nsave\n",
        ),
      ),
  },
  {
    name: "a revoked subkey",
    expect: "ERR_VERIFY_REVOKED_KEY",
    make: async ({ keys, release }) => ({
      InRelease: await keys.clearsign(release, { by: ["lostSubkey"] }),
    }),
    keyring: ({ keys }) =>
      keys.altered("lostSubkey", (home) =>
        home.run(
          ["--no-batch", "--command-fd", "0", "--edit-key", keys.fingerprint("lostSubkey")],
          "key 1\nrevkey\ny\n1\n\ny\nsave\n",
        ),
      ),
  },
  {
    name: "a key that was renewed, in the keyring as it was before",
    expect: "ERR_VERIFY_EXPIRED_KEY",
    make: async ({ keys, release }) => ({
      InRelease: await keys.clearsign(release, { by: ["renewed"], at: days(-7) }),
    }),
    keyring: ({ keys }) => keys.keyring("renewed"),
  },
  {
    name: "a key that was renewed, in the keyring as it is now",
    expect: "accepted",
    make: async ({ keys, release }) => ({
      InRelease: await keys.clearsign(release, { by: ["renewed"], at: days(-7) }),
    }),
    keyring: ({ keys }) =>
      keys.altered("renewed", (home) =>
        home.run(["--quick-set-expire", keys.fingerprint("renewed"), "1y"]),
      ),
  },
];
