import { isIP } from "node:net";
import type { DetailedPeerCertificate, SecureVersion, TLSSocket } from "node:tls";
import type { buildConnector } from "undici";
import { classify } from "./classify.js";
import { type Connect, direct, laneConnector } from "./connect.js";
import type { Credentials } from "./credentials.js";
import { FetchError } from "./error.js";
import type { HttpClient } from "./http-client.js";
import { type ProxyOptions, tunnel, type UpstreamProxy } from "./proxy.js";
import { redactUrl } from "./redact.js";
import { tlsFailure } from "./tls-failure.js";
import type { TlsOptions } from "./tls-options.js";

/** With what a server is probed: what a fetcher would have. */
export interface ProbeOptions {
  readonly tls?: TlsOptions | undefined;
  readonly proxy?: ProxyOptions | undefined;
  readonly credentials?: Credentials | undefined;
  readonly connect?: buildConnector.BuildOptions | undefined;
  /** Longest wait for each connection, in ms; default 10000. */
  readonly connectTimeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was agreed on. */
export interface ProbedConnection {
  /** Such as `1.3`. */
  readonly version: string;
  /** IANA name. */
  readonly cipherSuite: string;
  /** The name asked for (SNI); undefined for an address. */
  readonly serverName: string | undefined;
  /** The certificate was verified. */
  readonly trusted: boolean;
  /** Why not, where `insecure` let it pass. */
  readonly distrust?: string;
}

/** A chain is no longer than this, whatever the server sends. */
const LONGEST_CHAIN = 10;
/** Least wait, in ms, for a server of TLS 1.3 to refuse a client that is through with its part. */
const LEAST_WAIT = 1000;

/** What came of one connection. */
interface Probed {
  readonly connection: ProbedConnection | undefined;
  /** In DER. */
  readonly chain: readonly Uint8Array[];
  readonly error: FetchError | undefined;
}

/** Connects to one server, sends nothing and tells what it learnt. */
export class Prober {
  readonly #target: URL;
  readonly #proxy: UpstreamProxy | undefined;
  readonly #away: Connect;
  readonly #options: ProbeOptions;
  readonly #undici: HttpClient;

  constructor(
    target: URL,
    proxy: UpstreamProxy | undefined,
    away: Connect,
    options: ProbeOptions,
    undici: HttpClient,
  ) {
    this.#target = target;
    this.#proxy = proxy;
    this.#away = away;
    this.#options = options;
    this.#undici = undici;
  }

  /** A connector for one version alone, which trusts anybody and takes any cipher suite. */
  async only(version: "1.0" | "1.1" | "1.2" | "1.3"): Promise<Connect> {
    const { createSecureContext } = await import("node:tls");
    const { cert, key, serverName } = this.#options.tls ?? {};
    const name: SecureVersion = version === "1.0" ? "TLSv1" : `TLSv${version}`;
    const secureContext = createSecureContext({
      minVersion: name,
      maxVersion: name,
      // Level 0: the system's policy would refuse old versions before the server is asked.
      ...(version === "1.3" ? {} : { ciphers: "ALL:!aNULL:!eNULL:@SECLEVEL=0" }),
      ...(cert === undefined ? {} : { cert: cert.text, key: key?.text }),
    });
    const options = {
      ...this.#options.connect,
      timeout: 0,
      maxCachedSessions: 0,
      rejectUnauthorized: false,
      secureContext,
    };
    return direct(this.#undici.buildConnector(options), serverName);
  }

  /** @param toTheEnd - Wait until the server has taken what the client showed, too. */
  async connect(connect: Connect, toTheEnd: boolean): Promise<Probed> {
    const { signal, connectTimeout = 10_000 } = this.#options;
    signal?.throwIfAborted();
    const target = this.#target;
    const whole =
      this.#proxy === undefined
        ? connect
        : tunnel(this.#proxy, { proxy: this.#away, target: connect }, connectTimeout, this.#undici);
    const lane = laneConnector(whole, connectTimeout);
    const started = performance.now();
    let socket: TLSSocket | undefined;
    const abort = () => lane.cancel();
    signal?.addEventListener("abort", abort);
    try {
      socket = await new Promise<TLSSocket>((resolve, reject) => {
        lane.connect(
          {
            hostname: target.hostname.replace(/^\[|\]$/g, ""),
            host: target.host,
            protocol: target.protocol,
            port: target.port,
          },
          (error, connected) => {
            if (error === null) {
              resolve(connected as TLSSocket);
            } else {
              reject(error);
            }
          },
        );
      });
      // A peer that goes away from here on must not end the process.
      socket.on("error", () => {});
      const chain = chainOf(socket);
      const host = target.hostname.replace(/^\[|\]$/g, "");
      const asked = this.#options.tls?.serverName ?? (isIP(host) === 0 ? host : undefined);
      const connection = connectionOf(socket, asked);
      if (toTheEnd && connection.version === "1.3") {
        const wait = Math.max(LEAST_WAIT, 3 * (performance.now() - started));
        await verdictOf(socket, Math.min(wait, connectTimeout));
      }
      return { connection, chain, error: undefined };
    } catch (error) {
      if (signal?.aborted === true) {
        throw new FetchError("ERR_FETCH_ABORTED", "aborted", {
          url: redactUrl(target.origin),
          cause: signal.reason,
        });
      }
      const failure = classify(error, redactUrl(target.origin), this.#proxy?.origin);
      return { connection: undefined, chain: [], error: failure };
    } finally {
      signal?.removeEventListener("abort", abort);
      socket?.destroy();
    }
  }
}

function connectionOf(socket: TLSSocket, serverName: string | undefined): ProbedConnection {
  // Node's types have an Error here; it is the code of one.
  const code = String(socket.authorizationError);
  const distrust = socket.authorized
    ? undefined
    : (tlsFailure(undefined, code, socket.getPeerCertificate().raw)?.reason ?? code);
  return {
    version: (socket.getProtocol() ?? "").replace("TLSv", ""),
    cipherSuite: socket.getCipher().standardName,
    serverName,
    trusted: socket.authorized,
    ...(distrust === undefined ? {} : { distrust }),
  };
}

/**
 * In TLS 1.3 the client is through before the server has looked at its certificate: what comes next
 * is a session ticket, or the refusal. Some servers send neither.
 */
function verdictOf(socket: TLSSocket, wait: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, wait);
    const settle = (error: Error | undefined) => {
      clearTimeout(timer);
      if (error === undefined) {
        resolve();
      } else {
        reject(error);
      }
    };
    socket.once("session", () => settle(undefined));
    socket.once("error", settle);
    socket.once("close", () => settle(new Error("closed")));
    socket.resume();
  });
}

/** Not by `getPeerX509Certificate`: it takes the certificate out of the chain that it reads. */
function chainOf(socket: TLSSocket): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let one: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (one?.raw !== undefined && chain.length < LONGEST_CHAIN) {
    chain.push(one.raw);
    // A root is its own issuer.
    one = one.issuerCertificate === one ? undefined : one.issuerCertificate;
  }
  return chain;
}
