import type { Client } from "undici";
import { type LaneConnector, laneConnector } from "./connect.js";
import type { Connectors } from "./connectors.js";
import type { HttpClient } from "./http-client.js";
import type { Settings } from "./options.js";
import { tunnel, type UpstreamProxy } from "./proxy.js";

/** One kept connection: an undici client, and how to give up the connection it is making. */
export interface Lane {
  readonly client: Client;
  /** Ends the lane and whatever it does. */
  destroy(): void;
}

/** How requests to one origin travel. */
export interface Route {
  readonly proxy: UpstreamProxy | undefined;
  /** Plain http by a proxy: the request names the whole URL and goes to the proxy's origin. */
  readonly forwarded: boolean;
  readonly origin: string;
  /** A redirect led here from another host. */
  readonly away: boolean;
  /** Kept connections that are free; the last used is taken first, as it is the surest to stand. */
  readonly free: Lane[];
}

/**
 * Kept connections, by origin.
 *
 * There is one client per connection and no undici `Pool`: the queue above decides how many
 * requests run, and a lane that is free takes the next one without a turn of the event loop.
 */
export class Lanes {
  readonly #settings: Settings;
  readonly #undici: HttpClient;
  readonly #connectors: Connectors;
  readonly #routes = new Map<string, Route>();
  readonly #lanes = new Set<Lane>();
  readonly #proxyFor: (target: URL) => UpstreamProxy | undefined;

  constructor(
    settings: Settings,
    undici: HttpClient,
    connectors: Connectors,
    proxyFor: (target: URL) => UpstreamProxy | undefined,
  ) {
    this.#settings = settings;
    this.#undici = undici;
    this.#connectors = connectors;
    this.#proxyFor = proxyFor;
  }

  /** @param away - A redirect led here from another host. */
  routeTo(url: URL, away: boolean): Route {
    const key = away ? `away ${url.origin}` : url.origin;
    const known = this.#routes.get(key);
    if (known !== undefined) {
      return known;
    }
    const proxy = this.#proxyFor(url);
    const forwarded = proxy !== undefined && url.protocol === "http:";
    const origin = forwarded ? proxy.origin : url.origin;
    // Plain http through one proxy shares its connections, whatever the target.
    const shared = forwarded ? [...this.#routes.values()].find((r) => r.forwarded) : undefined;
    const route: Route = { proxy, forwarded, origin, away, free: shared?.free ?? [] };
    this.#routes.set(key, route);
    return route;
  }

  take(route: Route): Lane {
    return route.free.pop() ?? this.#open(route);
  }

  give(route: Route, lane: Lane): void {
    if (this.#lanes.has(lane)) {
      route.free.push(lane);
    }
  }

  async close(): Promise<void> {
    const lanes = [...this.#lanes];
    for (const lane of lanes) {
      lane.destroy();
    }
    await Promise.all(lanes.map((lane) => lane.client.destroy()));
  }

  #open(route: Route): Lane {
    const { connectTimeout } = this.#settings;
    const { home, away } = this.#connectors;
    const target = route.away || route.forwarded ? away : home;
    const connect =
      route.proxy === undefined || route.forwarded
        ? target
        : tunnel(route.proxy, { proxy: away, target }, connectTimeout, this.#undici);
    const connector: LaneConnector = laneConnector(connect, connectTimeout);
    const client = new this.#undici.Client(route.origin, {
      connect: connector.connect,
      // Watch and laneConnector keep the time; undici's timers are exact to a second only.
      headersTimeout: 0,
      bodyTimeout: 0,
      // Servers that hint at less are obeyed; 15 s outlast the pauses between phases of a sync.
      keepAliveTimeout: 15_000,
    });
    const lane: Lane = {
      client,
      destroy: () => {
        this.#lanes.delete(lane);
        connector.cancel();
        void client.destroy();
      },
    };
    this.#lanes.add(lane);
    return lane;
  }
}
