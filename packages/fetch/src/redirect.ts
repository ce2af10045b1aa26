import { basicAuthorization } from "./basic-authorization.js";
import { FetchError } from "./error.js";
import { escapeText } from "./escape-text.js";
import { headerOf, type ResponseHead } from "./exchange.js";
import { redactUrl } from "./redact.js";
import type { Request, Transport } from "./transport.js";

/** Redirects that are followed for one request. */
const MOST_REDIRECTS = 5;

/**
 * Sends a request and follows its redirects; each hop waits for a place at its own host.
 *
 * User name and password of `request.url` go to that origin alone, those of a file to the hosts
 * that it names.
 *
 * @throws FetchError with `ERR_FETCH_REDIRECT`, and what {@link Transport.exchange} throws.
 */
export async function follow(transport: Transport, request: Request): Promise<ResponseHead> {
  const home = request.url;
  let url = home;
  for (let hop = 0; ; hop++) {
    // A target of a redirect has lost its user name: what is known of its host counts, if anything.
    const authorization = basicAuthorization(
      url.origin === home.origin ? withUser(url, home) : url,
      transport.credentials,
    );
    const headers =
      authorization === undefined ? request.headers : { ...request.headers, authorization };
    const away = url.hostname !== home.hostname;
    const head = await transport.exchange({ ...request, url, headers, away });
    if (!isRedirect(head.status)) {
      return head;
    }
    const next = redirectTarget(url, headerOf(head, "location"), head.status);
    if (hop === MOST_REDIRECTS) {
      throw refused(url, head.status, next.href, `more than ${MOST_REDIRECTS} redirects`);
    }
    url = next;
  }
}

function withUser(url: URL, { username, password }: URL): URL {
  return username === "" && password === ""
    ? url
    : Object.assign(new URL(url), { username, password });
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** Where a redirect of `url` leads (RFC 9110 section 15.4), if it may be followed. */
export function redirectTarget(url: URL, location: string | undefined, status: number): URL {
  if (location === undefined || location === "") {
    throw refused(url, status, undefined, "a redirect without Location");
  }
  // Header bytes arrive as Latin-1; most servers that send raw bytes mean UTF-8.
  const ascii = location.replace(
    /[\x80-\xff]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  if (!URL.canParse(ascii, url.href)) {
    throw refused(url, status, location, "a redirect to what is no URL");
  }
  const target = new URL(ascii, url.href);
  if (target.protocol !== "http:" && target.protocol !== "https:") {
    throw refused(url, status, location, `a redirect to ${escapeText(target.protocol)}`);
  }
  if (url.protocol === "https:" && target.protocol === "http:") {
    throw refused(url, status, location, "a redirect from https to http");
  }
  // Credentials are the caller's to choose, not the server's.
  target.username = "";
  target.password = "";
  return target;
}

function refused(url: URL, status: number, location: string | undefined, reason: string) {
  const found = location === undefined ? undefined : redactUrl(location);
  return new FetchError(
    "ERR_FETCH_REDIRECT",
    found === undefined ? reason : `${reason} (${found})`,
    {
      url: redactUrl(url.href),
      status,
      found,
    },
  );
}
