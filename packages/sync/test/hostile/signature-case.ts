import type { ArchiveKeys } from "./archive-keys.js";

/** What the documents of a case are made from. */
export interface Material {
  readonly keys: ArchiveKeys;
  /** A Release of the repository that every case serves. */
  readonly release: string;
  /** The same, one day older and of another Origin. */
  readonly old: string;
}

/** What a case's upstream serves as Release files; what is left out is 404. */
export interface Documents {
  readonly InRelease?: string | Uint8Array;
  readonly Release?: string | Uint8Array;
  readonly "Release.gpg"?: string | Uint8Array;
}

/** Release files, and the keyring to judge them by. */
export interface SignatureCase {
  readonly name: string;
  readonly expect: "accepted" | `ERR_${string}`;
  /** Where apt 2.6 with gpgv 2.2 judges what upstream serves otherwise, by intent. */
  readonly apt?: "accepts" | "refuses";
  /** Where gpgv alone refuses what is published, though apt accepts it. */
  readonly gpgv?: "refuses";
  /** Which Release files are published, where that is not all that was served. */
  readonly published?: readonly (keyof Documents)[];
  make(material: Material): Promise<Documents>;
  /** The key `archive` by default. */
  keyring?(material: Material): Promise<Uint8Array>;
}

/** An InRelease that gpg made of the Release and somebody then changed. */
export function edited(
  name: string,
  expect: SignatureCase["expect"],
  edit: (good: string, release: string) => string,
  apt?: SignatureCase["apt"],
): SignatureCase {
  return {
    name,
    expect,
    ...(apt ? { apt } : {}),
    make: async ({ keys, release }) => ({
      InRelease: edit(await keys.clearsign(release), release),
    }),
  };
}

/** The part of a clearsigned document that is its signature. */
export function signatureBlock(document: string): string {
  return document.slice(document.indexOf("-----BEGIN PGP SIGNATURE-----"));
}
