import { type AuthEntry, parseAuthFile } from "./parse-auth-file.js";

/** A user name and password as they are, nothing encoded. */
export interface Login {
  readonly login: string;
  readonly password: string;
}

/**
 * Logins by host and path; made by {@link readCredentials}. Nothing but {@link Credentials.find}
 * gives a secret away: neither JSON nor `util.inspect` shows one.
 */
export class Credentials {
  /** The file as the caller named it. */
  readonly name: string;
  /** One line each on what the file says and is not used, without secrets. */
  readonly remarks: readonly string[];
  readonly #byHost = new Map<string, AuthEntry[]>();

  /** Use {@link readCredentials}. */
  constructor(name: string, entries: readonly AuthEntry[], remarks: readonly string[]) {
    this.name = name;
    this.remarks = remarks;
    for (const entry of entries) {
      const known = this.#byHost.get(entry.host);
      if (known === undefined) {
        this.#byHost.set(entry.host, [entry]);
      } else {
        known.push(entry);
      }
    }
  }

  /**
   * The first login of the file for a URL; with `login`, the first of that name.
   *
   * As apt has it: an entry without a protocol is for https alone.
   */
  find(url: URL, login?: string): Login | undefined {
    const entry = this.#entriesFor(url).find(
      (one) => protocolFits(one, url) && (login === undefined || one.login === login),
    );
    return entry && { login: entry.login, password: entry.password };
  }

  /**
   * The line of an entry that would be for this URL, did it name the protocol `http`; undefined if
   * there is none, or the URL has a login.
   */
  withheld(url: URL): number | undefined {
    if (url.protocol !== "http:" || this.find(url) !== undefined) {
      return undefined;
    }
    return this.#entriesFor(url).find(({ protocol }) => protocol === undefined)?.line;
  }

  #entriesFor(url: URL): AuthEntry[] {
    return (this.#byHost.get(url.hostname) ?? []).filter(
      ({ port, path }) => portFits(port, path, url) && url.pathname.startsWith(path ?? ""),
    );
  }
}

/**
 * Reads credentials in the form of apt's `auth.conf` (apt_auth.conf(5)), which is that of `.netrc`
 * with paths, ports and protocols.
 *
 * `default` and macros of `.netrc` are not used, as a password is for the host that it names.
 *
 * @throws FetchError with `ERR_FETCH_BAD_AUTH_FILE`, which names the line and no word of it.
 *
 * @example
 * ```ts
 * const text = "machine deb.example.org/private login me password secret";
 * const credentials = readCredentials({ name: "auth.conf", text });
 * credentials.find(new URL("https://deb.example.org/private/dists/")); // { login: "me", ... }
 * credentials.find(new URL("https://deb.example.org/public/")); // undefined
 * ```
 */
export function readCredentials(file: {
  readonly name: string;
  readonly text: string;
}): Credentials {
  const { entries, remarks } = parseAuthFile(file.name, file.text);
  return new Credentials(file.name, entries, remarks);
}

function protocolFits({ protocol }: AuthEntry, url: URL): boolean {
  return `${protocol ?? "https"}:` === url.protocol;
}

/** Without a path, no port is every port; with one, it is the protocol's own, as in apt. */
function portFits(port: string | undefined, path: string | undefined, url: URL): boolean {
  const own = url.protocol === "https:" ? "443" : "80";
  return port === undefined ? path === undefined || url.port === "" : port === (url.port || own);
}
