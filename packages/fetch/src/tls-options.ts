/** A PEM file that the caller has read; `name` stands in messages. */
export interface PemFile {
  readonly name: string;
  readonly text: string;
}

/** A version of TLS that a server may be asked for. */
export type TlsVersion = "1.2" | "1.3";

/**
 * How servers are spoken to over TLS.
 *
 * `insecure`, `cert` with `key`, and `serverName` hold for the host of the URL that was asked for.
 * Where a redirect leads to another host, and for the TLS of a proxy itself, they do not: a server
 * that is not verified may not choose another to be trusted, and a certificate is shown to none
 * that the caller did not name.
 */
export interface TlsOptions {
  /** Default 1.2. */
  readonly minVersion?: TlsVersion | undefined;
  readonly maxVersion?: TlsVersion | undefined;
  /** Trust any server. */
  readonly insecure?: boolean | undefined;
  /** Authorities that replace Node's own roots. */
  readonly ca?: PemFile | undefined;
  /** The certificate to show, followed by its intermediates; needs `key`. */
  readonly cert?: PemFile | undefined;
  /** Key of `cert`, unencrypted. */
  readonly key?: PemFile | undefined;
  /** IANA names; a version of TLS without one keeps Node's. */
  readonly cipherSuites?: readonly string[] | undefined;
  /** Asked for (SNI) and verified in place of the URL's host. */
  readonly serverName?: string | undefined;
}
