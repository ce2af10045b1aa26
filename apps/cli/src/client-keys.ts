import type { SealedTree } from "@mirror/snapshot";
import { publishedKeyOf, type SuiteReport } from "@mirror/sync";
import { armorKeys, type Keyring, type KeyringKey, readKeyring } from "@mirror/verify";
import { CliError } from "./error.js";

/** The public keys with which clients check suites. */
export interface ClientKeys {
  /** Of the primary keys, upper-case hex. */
  readonly fingerprints: readonly string[];
  /** One block of ASCII armor. */
  readonly armored: string;
  /** Where every machine of the distribution has them all; absent for other keys. */
  readonly installed?: string;
}

/** Suites that the same keys sign; without keys where signatures are not checked. */
export interface SignedSuites {
  readonly suites: readonly SuiteReport[];
  readonly keys?: ClientKeys;
}

/**
 * Which public keys clients of a tree need for these suites of it: the mirror's own where it signed
 * them, else those of upstream's that counted when the tree was made.
 *
 * @param openKeyring - the mirror's keyring; `undefined` where signatures are not checked
 * @throws CliError ERR_CLI_NO_CLIENT_KEY where none of the keys that signed is to be had any more
 */
export async function clientKeys(
  tree: SealedTree,
  suites: readonly SuiteReport[],
  openKeyring: () => Promise<Keyring | undefined>,
): Promise<SignedSuites[]> {
  const own = suites.filter(({ resigned }) => resigned !== undefined);
  const checked = suites.filter((one) => !own.includes(one) && one.signedBy.length > 0);
  const others = suites.filter((one) => !own.includes(one) && !checked.includes(one));
  const signed: SignedSuites[] = [];
  if (own.length > 0) signed.push({ suites: own, keys: await ownKeys(tree, own) });
  if (checked.length > 0) {
    const keyring = await openKeyring();
    const signers = checked.flatMap(({ signedBy }) => signedBy);
    signed.push({ suites: checked, ...(keyring ? { keys: keysOf(keyring, signers) } : {}) });
  }
  if (others.length > 0) signed.push({ suites: others });
  return signed;
}

/** The key that the mirror itself signs with, as the tree publishes it. */
async function ownKeys(tree: SealedTree, suites: readonly SuiteReport[]): Promise<ClientKeys> {
  const fingerprints = suites.flatMap(({ resigned }) => resigned?.by ?? []);
  const files = suites.flatMap(({ suite }) => {
    const bytes = publishedKeyOf(tree, suite);
    return bytes ? [{ name: `${suite}: Release.key`, bytes, named: true }] : [];
  });
  return keysOf(await readKeyring(files), fingerprints);
}

/** One good signature is enough for apt: of several keys, one that is gone is not missed. */
function keysOf(keyring: Keyring, signers: readonly string[]): ClientKeys {
  const wanted = [...new Set(signers)].sort();
  const found = wanted.flatMap((fingerprint) => {
    const copies = keyring.keys.filter((key) => key.fingerprint === fingerprint);
    return copies.length > 0 ? [{ fingerprint, copies }] : [];
  });
  const fingerprints = found.map(({ fingerprint }) => fingerprint);
  if (fingerprints.length === 0) throw noKey(wanted);
  const [installed] = installedFor(found.map(({ copies }) => copies));
  const armored = Buffer.from(armorKeys(keyring, fingerprints)).toString("latin1");
  return { fingerprints, armored, ...(installed === undefined ? {} : { installed }) };
}

const ARCHIVE_KEYRING =
  /^\/usr\/share\/keyrings\/(debian|ubuntu)-archive-keyring\.(?:gpg|pgp|asc)$/;

/** The distribution's own keyrings that hold every one of the keys, as its machines have them. */
function installedFor(keys: readonly (readonly KeyringKey[])[]): string[] {
  const [first = [], ...others] = keys.map((copies) =>
    copies.flatMap(({ file }) => {
      const [, distribution] = ARCHIVE_KEYRING.exec(file) ?? [];
      return distribution === undefined
        ? []
        : [`/usr/share/keyrings/${distribution}-archive-keyring.gpg`];
    }),
  );
  return first.filter((path) => others.every((paths) => paths.includes(path)));
}

function noKey(wanted: readonly string[]): CliError {
  const found = wanted.join(", ");
  return new CliError(
    "ERR_CLI_NO_CLIENT_KEY",
    `signed by ${found}, which is in no keyring of this mirror any more`,
    { expected: "a keyring with the key that clients need", found },
  );
}
