import type { Dispatcher } from "undici";
import { type Aborts, abortedError } from "./abort.js";
import { createConnectors } from "./connectors.js";
import type { Credentials } from "./credentials.js";
import { Exchange, type Receiver, type ResponseHead } from "./exchange.js";
import { exchangeFile } from "./exchange-file.js";
import { type HttpClient, loadHttpClient } from "./http-client.js";
import { type Lane, Lanes, type Route } from "./lanes.js";
import type { Settings } from "./options.js";
import { readProxies } from "./proxy.js";
import { RequestQueue, type Turn } from "./request-queue.js";
import { Watch } from "./watch.js";

/** One request on its way; user name and password of `url` are not looked at. */
export interface Request {
  readonly method: "GET" | "HEAD";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly receiver: Receiver;
  /** A redirect led to another host than the one asked for. */
  readonly away?: boolean;
  readonly signal: AbortSignal | undefined;
  /** A place that the caller holds already; without one, the request waits for its own. */
  readonly place?: Place | undefined;
  /** Told when the request gets its turn; what it throws ends the request unsent. */
  onTurn(): void;
}

/** A place among the requests under way at a host; a request uses it up. */
export interface Place {
  readonly host: string;
  free: boolean;
}

/** Sends requests one by one as the limits allow, over kept connections; answers those for files. */
export class Transport {
  readonly #settings: Settings;
  readonly #aborts: Aborts;
  readonly #queue: RequestQueue;
  readonly #watch: Watch;
  readonly #proxyFor: ReturnType<typeof readProxies>;
  #loading: Promise<Lanes> | undefined;
  #lanes: Lanes | undefined;

  constructor(settings: Settings, aborts: Aborts) {
    this.#settings = settings;
    this.#aborts = aborts;
    this.#queue = new RequestQueue(settings.maxConnections, settings.hostLimit);
    this.#watch = new Watch(settings);
    this.#proxyFor = readProxies(settings.proxy, settings.credentials);
  }

  /** Logins for URLs that have none of their own. */
  get credentials(): Credentials | undefined {
    return this.#settings.credentials;
  }

  /**
   * Calls `run` when a request to `url` may be sent, and hands it the place for that request.
   *
   * What waits for its turn is small this way: a caller may ask for all files of a repository at
   * once, and only those under way have hashes, buffers and partial files.
   */
  whenTurn<T>(
    url: URL,
    signal: AbortSignal | undefined,
    run: (place: Place) => Promise<T>,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const aborted = this.#aborts.reason(signal);
      if (aborted !== undefined) {
        reject(abortedError(url, aborted.reason));
        return;
      }
      const stopListening = this.#aborts.on(signal, (reason) => {
        turn.cancel();
        reject(abortedError(url, reason));
      });
      const turn = this.#queue.add(url.hostname, () => {
        stopListening();
        const place = { host: url.hostname, free: true };
        run(place)
          .finally(() => this.#leave(place))
          .then(resolve, reject);
      });
    });
  }

  /** Gives a place back that no request has used. */
  #leave(place: Place | undefined): void {
    if (place?.free === true) {
      place.free = false;
      this.#queue.done(place.host);
    }
  }

  /**
   * Sends one request, hands the answer to its receiver and resolves when the answer is complete.
   *
   * @throws FetchError for what the network does, and whatever the receiver threw.
   */
  async exchange(request: Request): Promise<ResponseHead> {
    if (request.url.protocol === "file:") {
      return await this.#exchangeFile(request);
    }
    this.#lanes ??= await this.#load();
    const lanes = this.#lanes;
    return await new Promise<ResponseHead>((resolve, reject) => {
      const aborted = this.#aborts.reason(request.signal);
      if (aborted !== undefined) {
        reject(abortedError(request.url, aborted.reason));
        return;
      }
      const host = request.url.hostname;
      const route = lanes.routeTo(request.url, request.away === true);
      let running: { exchange: Exchange; lane: Lane } | undefined;
      const stopListening = this.#aborts.on(request.signal, (reason) => {
        const error = abortedError(request.url, reason);
        if (running === undefined) {
          turn?.cancel();
          reject(error);
        } else if (running.exchange.fail(error)) {
          running.lane.destroy();
        }
      });
      let turn: Turn | undefined;
      const start = (): void => {
        try {
          request.onTurn();
        } catch (error) {
          stopListening();
          this.#queue.done(host);
          reject(error);
          return;
        }
        const lane = lanes.take(route);
        const exchange = new Exchange(
          request.url,
          route.proxy?.origin,
          request.receiver,
          this.#watch,
          (error, head) => {
            stopListening();
            if (head === undefined) {
              reject(error);
            } else {
              resolve(head);
            }
          },
          () => {
            lanes.give(route, lane);
            this.#queue.done(host);
          },
        );
        running = { exchange, lane };
        lane.client.dispatch(dispatchOptions(request, route), exchange);
      };
      const { place } = request;
      if (place?.free === true && place.host === host) {
        place.free = false;
        start();
      } else {
        // Held on while waiting for another, two downloads could wait for each other's places.
        this.#leave(place);
        turn = this.#queue.add(host, start);
      }
    });
  }

  /** A file needs a place, as its descriptor counts, and no connection. */
  async #exchangeFile(request: Request): Promise<ResponseHead> {
    const { url, signal, place } = request;
    const send = async (): Promise<ResponseHead> => {
      request.onTurn();
      return await exchangeFile(request, this.#watch, this.#aborts);
    };
    if (place?.free === true && place.host === url.hostname) {
      // Lent, not used up: whoever holds it gives it back.
      return await send();
    }
    this.#leave(place);
    return await this.whenTurn(url, signal, send);
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    const lanes = this.#lanes ?? (await this.#loading?.catch(() => undefined));
    await lanes?.close();
  }

  #load(): Promise<Lanes> {
    this.#loading ??= (async () => {
      const undici: HttpClient = await loadHttpClient(this.#settings.proxy.https !== undefined);
      const { tls, connect } = this.#settings;
      const connectors = createConnectors(tls, connect, undici);
      return new Lanes(this.#settings, undici, connectors, this.#proxyFor);
    })();
    return this.#loading;
  }
}

function dispatchOptions(request: Request, route: Route): Dispatcher.DispatchOptions {
  const { url, method, headers } = request;
  const path = url.pathname + url.search;
  if (!route.forwarded) {
    return { method, path, headers };
  }
  const authorization = route.proxy?.authorization;
  const options = {
    method,
    path: url.origin + path,
    headers: {
      ...headers,
      host: url.host,
      ...(authorization === undefined ? {} : { "proxy-authorization": authorization }),
    },
    // Else undici would take the name for TLS to the proxy from the host header.
    servername: route.proxy?.hostname,
  };
  return options;
}
