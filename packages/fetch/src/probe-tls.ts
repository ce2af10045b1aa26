import { type Certificate, readCertificate } from "./certificate.js";
import { createConnectors } from "./connectors.js";
import type { FetchError } from "./error.js";
import { loadHttpClient } from "./http-client.js";
import { type ProbedConnection, type ProbeOptions, Prober } from "./prober.js";
import { readProxies } from "./proxy.js";
import { redactUrl } from "./redact.js";

/** Whether a server speaks one version of TLS, whoever it is. */
export interface ProbedVersion {
  readonly version: "1.0" | "1.1" | "1.2" | "1.3";
  readonly supported: boolean;
  /** Why not, as {@link FetchError.found} and as {@link FetchError.reason}. */
  readonly found?: string;
  readonly reason?: string;
}

/** What a server says of itself, and whether a fetcher with these options would speak to it. */
export interface TlsProbe {
  /** Origin, without credentials. */
  readonly url: string;
  readonly versions: readonly ProbedVersion[];
  /** Undefined if the server was refused, or refused us. */
  readonly connection: ProbedConnection | undefined;
  /** The server's own first, a trusted root that it left out last; empty if it showed none. */
  readonly chain: readonly Certificate[];
  /** Why a fetcher would not speak to the server: `ERR_FETCH_TLS`. */
  readonly refused: FetchError | undefined;
}

const VERSIONS = ["1.0", "1.1", "1.2", "1.3"] as const;

/**
 * Connects to the server of an https URL as a fetcher with these options would, then once with each
 * version of TLS. No request is sent on any of the connections.
 *
 * @throws FetchError when there is no connection to speak TLS on (`ERR_FETCH_DNS`, `_CONNECT`,
 * `_PROXY`, `_BROKEN`), `ERR_FETCH_BAD_TLS_FILE`, `ERR_FETCH_ABORTED`.
 * @throws TypeError for anything but an https URL.
 *
 * @example
 * ```ts
 * const { versions, refused } = await probeTls("https://deb.example.org/");
 * ```
 */
export async function probeTls(url: string, options: ProbeOptions = {}): Promise<TlsProbe> {
  const target = URL.canParse(url) ? new URL(url) : undefined;
  if (target?.protocol !== "https:") {
    throw new TypeError(`not an https URL: ${redactUrl(url)}`);
  }
  const proxy = readProxies(options.proxy ?? {}, options.credentials)(target);
  const undici = await loadHttpClient(proxy !== undefined);
  const { home, away } = createConnectors(options.tls ?? {}, options.connect, undici);
  const prober = new Prober(target, proxy, away, options, undici);

  const asSet = await prober.connect(home, true);
  if (asSet.error !== undefined && asSet.error.code !== "ERR_FETCH_TLS") {
    throw asSet.error;
  }
  let chain = asSet.chain;
  const versions: ProbedVersion[] = [];
  for (const version of VERSIONS) {
    const probed = await prober.connect(await prober.only(version), false);
    chain = chain.length > 0 ? chain : probed.chain;
    versions.push(
      probed.error === undefined
        ? { version, supported: true }
        : {
            version,
            supported: false,
            found: probed.error.found ?? probed.error.code,
            reason: probed.error.reason,
          },
    );
  }
  return {
    url: target.origin,
    versions,
    connection: asSet.connection,
    chain: chain.map(readCertificate),
    refused: asSet.error,
  };
}
