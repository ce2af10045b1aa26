import { BlockList, isIP } from "node:net";
import type { Client } from "undici";
import { basicAuthorization } from "./basic-authorization.js";
import { ConnectFailure } from "./classify.js";
import { type Connect, laneConnector } from "./connect.js";
import type { Credentials } from "./credentials.js";

/** Proxies by the values of the usual environment variables, which the caller reads. */
export interface ProxyOptions {
  /** `http_proxy`: URL (`http://user:password@host:port`) for http targets. */
  readonly http?: string | undefined;
  /** `https_proxy`: URL for https targets, reached by CONNECT. */
  readonly https?: string | undefined;
  /** `no_proxy`: hosts, domain suffixes, `host:port`, addresses, CIDR blocks, or `*`. */
  readonly no?: string | undefined;
}

/** A proxy to go through. */
export interface UpstreamProxy {
  /** Without credentials. */
  readonly origin: string;
  readonly hostname: string;
  readonly authorization: string | undefined;
}

/**
 * Reads {@link ProxyOptions} into a choice per target. A proxy whose URL has no password gets that of
 * `credentials`.
 *
 * @throws TypeError for a proxy that is no http or https URL; its message holds no credentials.
 */
export function readProxies(
  options: ProxyOptions,
  credentials?: Credentials,
): (target: URL) => UpstreamProxy | undefined {
  const http = readProxy("http", options.http, credentials);
  const https = readProxy("https", options.https, credentials);
  const bypass = readNoProxy(options.no ?? "");
  return (target) => {
    const proxy = target.protocol === "https:" ? https : http;
    return proxy === undefined || bypass(target) ? undefined : proxy;
  };
}

function readProxy(
  name: string,
  value: string | undefined,
  credentials: Credentials | undefined,
): UpstreamProxy | undefined {
  if (value === undefined || value === "") {
    return undefined;
  }
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (!URL.canParse(text)) {
    throw new TypeError(`proxy.${name} is not a URL`);
  }
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new TypeError(`proxy.${name} must be an http or https URL, got ${url.protocol}`);
  }
  return {
    origin: url.origin,
    hostname: bare(url.hostname),
    authorization: basicAuthorization(url, credentials),
  };
}

function readNoProxy(list: string): (target: URL) => boolean {
  const blocks = new BlockList();
  const names: { name: string; port: string | undefined }[] = [];
  let all = false;
  for (const entry of list.toLowerCase().split(/[,\s]+/)) {
    const [address = "", prefix] = entry.split("/");
    const family = isIP(bare(address));
    if (entry === "*") {
      all = true;
    } else if (prefix !== undefined && family !== 0) {
      const bits = Number(prefix);
      if (Number.isInteger(bits) && bits >= 0 && bits <= (family === 4 ? 32 : 128)) {
        blocks.addSubnet(bare(address), bits, family === 4 ? "ipv4" : "ipv6");
      }
    } else if (entry !== "") {
      const [, name = entry, port] = /^(.+?):(\d+)$/.exec(isIP(entry) === 0 ? entry : "") ?? [];
      names.push({ name: bare(name).replace(/^\*?\./, ""), port });
    }
  }
  return (target) => {
    const host = bare(target.hostname);
    const port = target.port || (target.protocol === "https:" ? "443" : "80");
    const family = isIP(host);
    return (
      all ||
      names.some(
        (entry) =>
          (entry.port === undefined || entry.port === port) &&
          (host === entry.name || (family === 0 && host.endsWith(`.${entry.name}`))),
      ) ||
      (family !== 0 && blocks.check(host, family === 4 ? "ipv4" : "ipv6"))
    );
  };
}

function bare(hostname: string): string {
  return hostname.startsWith("[") && hostname.endsWith("]") ? hostname.slice(1, -1) : hostname;
}

/** A connection to an https target through `proxy`: CONNECT, then TLS inside. */
export function tunnel(
  proxy: UpstreamProxy,
  connect: { readonly proxy: Connect; readonly target: Connect },
  timeout: number,
  undici: { readonly Client: typeof Client },
): Connect {
  return (options, callback) => {
    const lane = laneConnector(connect.proxy, timeout);
    const client = new undici.Client(proxy.origin, {
      connect: lane.connect,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    let cancelInner: (() => void) | undefined;
    const authority = `${options.hostname.includes(":") ? `[${options.hostname}]` : options.hostname}:${options.port || 443}`;
    client
      .connect({
        path: authority,
        headers: {
          host: authority,
          ...(proxy.authorization === undefined
            ? {}
            : { "proxy-authorization": proxy.authorization }),
        },
      })
      .then(
        ({ statusCode, socket }) => {
          if (statusCode !== 200) {
            socket.on("error", () => {}).destroy();
            void client.destroy();
            callback(new ConnectFailure("refused", { proxyStatus: statusCode }), null);
            return;
          }
          // A CONNECT takes the socket out of its client.
          cancelInner = connect.target({ ...options, httpSocket: socket as never }, callback);
        },
        (error: unknown) => {
          void client.destroy();
          callback(
            error instanceof ConnectFailure
              ? error
              : new ConnectFailure("the proxy broke the connection", { cause: error }),
            null,
          );
        },
      );
    return () => {
      lane.cancel();
      cancelInner?.();
      void client.destroy();
    };
  };
}
