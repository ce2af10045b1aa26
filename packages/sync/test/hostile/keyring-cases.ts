import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Material, SignatureCase } from "./signature-case.js";

const BAD_KEYRING = "ERR_VERIFY_BAD_KEYRING";

/** The same good InRelease, judged by a keyring in another form. */
function keyring(
  name: string,
  expect: SignatureCase["expect"],
  make: (material: Material) => Promise<Uint8Array>,
  apt?: SignatureCase["apt"],
): SignatureCase {
  return {
    name,
    expect,
    ...(apt ? { apt } : {}),
    make: async ({ keys, release }) => ({ InRelease: await keys.clearsign(release) }),
    keyring: make,
  };
}

/** Files that operators give as keyrings. */
export const KEYRING_CASES: readonly SignatureCase[] = [
  keyring("an armored keyring", "accepted", ({ keys }) => keys.armored("archive")),
  keyring("a keyring of many keys, some of them worthless", "accepted", ({ keys }) =>
    keys.keyring("expired", "weak", "dsa", "other", "tomorrow", "archive", "subkeyed"),
  ),
  keyring("armored keys one after the other", "accepted", async ({ keys }) =>
    Buffer.concat([await keys.armored("other"), await keys.armored("archive")]),
  ),
  keyring("a keyring of somebody else's key", "ERR_VERIFY_UNKNOWN_KEY", ({ keys }) =>
    keys.keyring("other"),
  ),
  keyring("an empty keyring", BAD_KEYRING, async () => Buffer.alloc(0)),
  keyring("a web page saved as keyring", BAD_KEYRING, async () => Buffer.from("<html></html>\n")),
  keyring("a keyring of zeros", BAD_KEYRING, async () => Buffer.alloc(600)),
  keyring("a keyring cut in its first packet", BAD_KEYRING, async ({ keys }) =>
    (await keys.keyring("archive")).subarray(0, 20),
  ),
  keyring("a signature as keyring", BAD_KEYRING, ({ keys, release }) => keys.detach(release)),
  keyring(
    "gpg's own keybox as keyring",
    BAD_KEYRING,
    ({ keys }) => readFile(join(keys.gpg.home, "pubring.kbx")),
    "accepts",
  ),
];
