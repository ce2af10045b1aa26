import type { buildConnector } from "undici";
import type { Credentials } from "./credentials.js";
import type { HostLimit } from "./host-limit.js";
import type { ProxyOptions } from "./proxy.js";
import type { TlsOptions } from "./tls-options.js";

/** How a fetcher behaves; everything but `maxConnections` has a default. */
export interface FetcherOptions {
  /** Requests of this fetcher under way at once. */
  readonly maxConnections: number;
  /** Requests to one host at once over all fetchers that share it; default: no such limit. */
  readonly hostLimit?: HostLimit | undefined;
  /** Further attempts at one URL after a failure that may pass; default 5. */
  readonly retries?: number | undefined;
  /** Longest silence of a server, in ms, before and within its answer; default 30000. */
  readonly stallTimeout?: number | undefined;
  /** Longest wait for a connection, in ms, name look-up and TLS included; default 30000. */
  readonly connectTimeout?: number | undefined;
  /** Least bytes per second of a body over `rateWindow`; default 100. */
  readonly minRate?: number | undefined;
  /** Over how long `minRate` is taken, in ms; default 30000. */
  readonly rateWindow?: number | undefined;
  /**
   * Time without any progress, in ms, after which a file gives up and after which a host is given
   * up for all files; default 120000.
   */
  readonly giveUpAfter?: number | undefined;
  /** First wait before a retry, in ms, doubled with each up to 30 s; default 1000. */
  readonly retryDelay?: number | undefined;
  /** Default: no proxy. */
  readonly proxy?: ProxyOptions | undefined;
  /** Logins for servers and proxies whose URL has none; default: none. */
  readonly credentials?: Credentials | undefined;
  /** Default: Node's own roots, TLS 1.2 or later. */
  readonly tls?: TlsOptions | undefined;
  /** Further options for `net.connect` and `tls.connect`, such as `lookup` or `localAddress`. */
  readonly connect?: buildConnector.BuildOptions | undefined;
  /** Default `mirror-fetch`. */
  readonly userAgent?: string | undefined;
}

/** {@link FetcherOptions} with the defaults filled in. */
export interface Settings {
  readonly maxConnections: number;
  readonly hostLimit: HostLimit | undefined;
  readonly retries: number;
  readonly stallTimeout: number;
  readonly connectTimeout: number;
  readonly minRate: number;
  readonly rateWindow: number;
  readonly giveUpAfter: number;
  readonly retryDelay: number;
  readonly proxy: ProxyOptions;
  readonly credentials: Credentials | undefined;
  readonly tls: TlsOptions;
  readonly connect: buildConnector.BuildOptions | undefined;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Fills in the defaults.
 *
 * @throws TypeError naming an option that is no number in its range or no header value.
 */
export function settingsOf(options: FetcherOptions): Settings {
  const userAgent = options.userAgent ?? "mirror-fetch";
  if (!/^[\x20-\x7e]+$/.test(userAgent)) {
    throw new TypeError("userAgent must be printable ASCII");
  }
  return {
    maxConnections: whole("maxConnections", options.maxConnections, 1),
    hostLimit: options.hostLimit,
    retries: whole("retries", options.retries ?? 5, 0),
    stallTimeout: positive("stallTimeout", options.stallTimeout ?? 30_000),
    connectTimeout: positive("connectTimeout", options.connectTimeout ?? 30_000),
    minRate: positive("minRate", options.minRate ?? 100),
    rateWindow: positive("rateWindow", options.rateWindow ?? 30_000),
    giveUpAfter: positive("giveUpAfter", options.giveUpAfter ?? 120_000),
    retryDelay: positive("retryDelay", options.retryDelay ?? 1000),
    proxy: options.proxy ?? {},
    credentials: options.credentials,
    tls: options.tls ?? {},
    connect: options.connect,
    headers: {
      "user-agent": userAgent,
      accept: "*/*",
      // Digests are those of the file as it lies there, never of an unpacked or repacked form.
      "accept-encoding": "identity",
    },
  };
}

function whole(name: string, value: number, least: number): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new TypeError(`${name} must be a whole number of at least ${least}, got ${value}`);
  }
  return value;
}

function positive(name: string, value: number): number {
  if (!Number.isFinite(value) || value < 0) {
    throw new TypeError(`${name} must be a number of at least 0, got ${value}`);
  }
  return value;
}
