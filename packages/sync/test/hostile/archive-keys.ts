import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type GpgKeyring, gpgKeyring, gpgSign } from "@mirror/testkit";

const DAY = 86_400_000;

/** Days from now, negative for the past. */
export const days = (count: number) => new Date(Date.now() + count * DAY);

/** Arguments that let gpg believe that it is another time. */
const at = (moment: Date | undefined): string[] =>
  moment ? ["--faked-system-time", `${Math.floor(moment.getTime() / 1000)}!`] : [];

/** How to sign by gpg; see its manual for `args`. */
export interface Signing {
  /** Names of the keys that sign, in order; `archive` by default. */
  readonly by?: readonly string[];
  readonly at?: Date;
  readonly args?: readonly string[];
}

/** The keys of all archives of the corpus, made and used by the real gpg. */
export interface ArchiveKeys {
  readonly gpg: GpgKeyring;
  /** A binary keyring of these keys' public halves, as they are now. */
  keyring(...names: readonly string[]): Promise<Buffer>;
  armored(...names: readonly string[]): Promise<Buffer>;
  secret(name: string): Promise<Buffer>;
  clearsign(text: string, signing?: Signing): Promise<string>;
  /** Armored unless `args` says otherwise. */
  detach(text: string | Uint8Array, signing?: Signing & { binary?: boolean }): Promise<Buffer>;
  /** Anything that gpg writes to its standard output. */
  run(args: readonly string[], input?: string | Uint8Array): Promise<Buffer>;
  /** The keyring of one key with what gpg makes of it in a home of its own. */
  altered(name: string, alter: (home: GpgKeyring) => Promise<unknown>): Promise<Buffer>;
  revocation(name: string): Promise<string>;
  fingerprint(name: string): string;
  remove(): Promise<void>;
}

/** Primary keys: algorithm, what for, how long, made when. */
const PRIMARY: Record<string, readonly [string, string?, string?, Date?]> = {
  archive: ["ed25519"],
  other: ["ed25519"],
  rsa: ["rsa2048"],
  weak: ["rsa1024"],
  dsa: ["dsa2048"],
  nist: ["nistp256"],
  brainpool: ["brainpoolP256r1"],
  koblitz: ["secp256k1"],
  expired: ["ed25519", "sign,cert", "5d", days(-10)],
  renewed: ["ed25519", "sign,cert", "5d", days(-10)],
  veteran: ["ed25519", "sign,cert", "never", days(-30)],
  fresh: ["ed25519", "sign,cert", "3d"],
  tomorrow: ["ed25519", "sign,cert", "never", days(1)],
  revoked: ["ed25519"],
  superseded: ["ed25519"],
  // As Debian has it: the primary key certifies only.
  subkeyed: ["rsa2048", "cert"],
  lateSubkey: ["ed25519", "cert", "never", days(-10)],
  lostSubkey: ["ed25519", "cert"],
};

/** Signing subkeys: algorithm, how long, made when. */
const SUBKEYS: Record<string, readonly [string, string?, Date?]> = {
  subkeyed: ["rsa2048"],
  lateSubkey: ["ed25519", "5d", days(-10)],
  lostSubkey: ["ed25519"],
};

/** Makes the keys in a temporary GNUPGHOME; `remove` ends its agent. */
export async function makeArchiveKeys(): Promise<ArchiveKeys> {
  const gpg = await gpgKeyring();
  const fingerprints = new Map<string, string>();
  const fingerprint = (name: string): string => {
    const found = fingerprints.get(name);
    if (found === undefined) throw new TypeError(`no key ${name}`);
    return found;
  };
  const run = async (args: readonly string[], input?: string | Uint8Array): Promise<Buffer> => {
    const { exitCode, stdout, stderr } = await gpg.run(args, input);
    if (exitCode !== 0) throw new Error(`gpg ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const make = async ([name, spec]: [string, (typeof PRIMARY)[string]]): Promise<void> => {
    const [algorithm, usage = "sign,cert", expires = "never", made] = spec;
    const key = ["--quick-generate-key", `${name} <${name}@example.org>`, algorithm, usage];
    const told = await run([...at(made), "--status-fd", "1", ...key, expires]);
    fingerprints.set(name, /KEY_CREATED P ([0-9A-F]{40})/.exec(told.toString())?.[1] ?? "");
    const subkey = SUBKEYS[name];
    if (!subkey) return;
    const [subAlgorithm, subExpires = "never", subMade] = subkey;
    const add = ["--quick-add-key", fingerprint(name), subAlgorithm, "sign", subExpires];
    await run([...at(subMade), ...add]);
  };
  for (const one of Object.entries(PRIMARY)) await make(one);

  const exported = (names: readonly string[], args: readonly string[]) =>
    run([...args, "--export", ...names.map(fingerprint)]);
  const signing = ({ by = ["archive"], at: date, args = [] }: Signing) => ({
    signers: by.map(fingerprint),
    args,
    ...(date ? { date } : {}),
  });
  return {
    gpg,
    fingerprint,
    run,
    keyring: (...names) => exported(names, []),
    armored: (...names) => exported(names, ["--armor"]),
    secret: (name) => run(["--export-secret-keys", fingerprint(name)]),
    async clearsign(text, options = {}) {
      return Buffer.from(await gpgSign(gpg, text, signing(options))).toString();
    },
    async detach(text, { binary = false, ...options } = {}) {
      const how = { mode: "detach", armor: !binary, ...signing(options) } as const;
      return Buffer.from(await gpgSign(gpg, text, how));
    },
    async altered(name, alter) {
      const home = await gpgKeyring();
      try {
        await home.run(["--import"], await run(["--export-secret-keys", fingerprint(name)]));
        await alter(home);
        return Buffer.from(await home.exportPublic());
      } finally {
        await home.remove();
      }
    },
    async revocation(name) {
      const path = join(gpg.home, "openpgp-revocs.d", `${fingerprint(name)}.rev`);
      const text = await readFile(path, "utf8");
      return text.slice(text.indexOf(":-----BEGIN") + 1);
    },
    remove: () => gpg.remove(),
  };
}
