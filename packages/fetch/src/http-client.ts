import type { buildConnector, Client } from "undici";

/** What is used of undici. */
export interface HttpClient {
  readonly Client: typeof Client;
  readonly buildConnector: typeof buildConnector;
}

/**
 * Loads undici when the first request is made: 30 ms for its client alone, 80 ms for the whole.
 *
 * `whole` is needed for CONNECT, which only the index puts on the client; and should another
 * version of undici have moved its files, the index still works.
 */
export async function loadHttpClient(whole: boolean): Promise<HttpClient> {
  if (!whole) {
    try {
      const [client, connector] = await Promise.all([
        import("undici/lib/dispatcher/client.js"),
        import("undici/lib/core/connect.js"),
      ]);
      return { Client: client.default, buildConnector: connector.default };
    } catch {
      // Fall through to the index.
    }
  }
  const undici = await import("undici");
  return { Client: undici.Client, buildConnector: undici.buildConnector };
}
