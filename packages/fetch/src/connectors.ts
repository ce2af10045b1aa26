import type { SecureContext, SecureContextOptions } from "node:tls";
import type { buildConnector } from "undici";
import { cipherList } from "./cipher-suites.js";
import { type Connect, direct } from "./connect.js";
import { inspectTls } from "./inspect-tls.js";
import type { TlsOptions } from "./tls-options.js";

/** How connections are made to each kind of peer; see {@link TlsOptions} for the difference. */
export interface Connectors {
  /** The host of a URL that was asked for. */
  readonly home: Connect;
  /** A host that a redirect led to, or a proxy. */
  readonly away: Connect;
}

/**
 * Makes the connectors of one fetcher.
 *
 * @throws FetchError with `ERR_FETCH_BAD_TLS_FILE` for a client certificate that cannot be used.
 */
export function createConnectors(
  tls: TlsOptions,
  connect: buildConnector.BuildOptions | undefined,
  undici: { readonly buildConnector: typeof buildConnector },
): Connectors {
  inspectTls({ ...tls, ca: undefined });
  // Loaded for those who need it: it takes 5 ms, and most connections of a mirror are plain.
  const contextOf = (options: SecureContextOptions): SecureContext => {
    const { createSecureContext, DEFAULT_CIPHERS } = process.getBuiltinModule("node:tls");
    const ciphers = cipherList(tls.cipherSuites ?? [], DEFAULT_CIPHERS);
    return createSecureContext({ ...options, ciphers });
  };
  const { cert, key, insecure = false, serverName } = tls;
  const shared: SecureContextOptions = {
    ...connect,
    ...(tls.ca === undefined ? {} : { ca: tls.ca.text }),
    minVersion: `TLSv${tls.minVersion ?? "1.2"}`,
    ...(tls.maxVersion === undefined ? {} : { maxVersion: `TLSv${tls.maxVersion}` }),
  };
  const away = connectorOf(() => contextOf(shared), true, undefined);
  if (cert === undefined && !insecure && serverName === undefined) {
    return { home: away, away };
  }
  const own = cert === undefined ? {} : { cert: cert.text, key: key?.text };
  const home = connectorOf(() => contextOf({ ...shared, ...own }), !insecure, serverName);
  return { home, away };

  function connectorOf(
    makeContext: () => SecureContext,
    rejectUnauthorized: boolean,
    name: string | undefined,
  ): Connect {
    const options = {
      autoSelectFamily: true,
      // Node's 250 ms give up addresses that are merely far away.
      autoSelectFamilyAttemptTimeout: 500,
      ...connect,
      timeout: 0,
    };
    const plain = direct(undici.buildConnector(options));
    let secure: Connect | undefined;
    return (target, callback) => {
      if (target.protocol !== "https:") {
        return plain(target, callback);
      }
      // Made once, with the first connection that needs it: it parses the whole bundle.
      secure ??= direct(
        undici.buildConnector({ ...options, rejectUnauthorized, secureContext: makeContext() }),
        name,
      );
      return secure(target, callback);
    };
  }
}
