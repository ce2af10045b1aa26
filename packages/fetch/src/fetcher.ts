import { Aborts } from "./abort.js";
import type { Patience } from "./attempts.js";
import { assertDownload, Download, type DownloadRequest, type DownloadResult } from "./download.js";
import { exists } from "./exists.js";
import { filePathOf } from "./file-path.js";
import { type GetRequest, type GetResult, get } from "./get.js";
import { HostHealth } from "./host-health.js";
import { type FetcherOptions, settingsOf } from "./options.js";
import { redactUrl } from "./redact.js";
import { type SizeRequest, type SizeResult, size } from "./size.js";
import { Transport } from "./transport.js";

/** Asks servers, and disks by `file:` URLs, for documents and files; made by {@link createFetcher}. */
export interface Fetcher {
  /**
   * Fetches a small document into memory, or learns that it is unchanged or that no URL has it.
   *
   * @throws FetchError with any code but `ERR_FETCH_WRITE`, `_SIZE_MISMATCH` and `_DIGEST_MISMATCH`.
   * @throws TypeError for a request that cannot be meant.
   */
  get(request: GetRequest): Promise<GetResult>;
  /**
   * Fetches a file to disk, where it appears under `destination` only with the right size and
   * digests; what came of a download that failed is kept beside it for the next.
   *
   * @throws FetchError with any code but `ERR_FETCH_TOO_LARGE`.
   * @throws TypeError for a request that cannot be meant, such as a second one to a destination.
   */
  download(request: DownloadRequest): Promise<DownloadResult>;
  /**
   * Asks whether a URL has something: true for 2xx, false for 404 and 410. By HEAD, and by GET of
   * the first byte where the server answers 403, 405 or 501 to that.
   *
   * @throws FetchError as `get` does.
   */
  exists(url: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<boolean>;
  /**
   * Asks how large a file is, without fetching it: as `exists` does, and by GET of the first byte too
   * where the answer to HEAD does not say.
   *
   * @throws FetchError as `get` does, and `ERR_FETCH_NO_SIZE`.
   */
  size(request: SizeRequest): Promise<SizeResult>;
  /** Ends what is under way with `ERR_FETCH_ABORTED`, and all connections. */
  close(): Promise<void>;
}

/**
 * Makes a fetcher; nothing is loaded or opened before its first request.
 *
 * @throws TypeError for an option out of its range.
 *
 * @example
 * ```ts
 * const fetcher = createFetcher({ maxConnections: 10 });
 * const result = await fetcher.download({
 *   urls: ["http://deb.example.org/debian/pool/main/h/hello/hello_2.10-3_amd64.deb"],
 *   destination: "/srv/mirror/hello_2.10-3_amd64.deb",
 *   size: 53080,
 *   digests: { sha256: "069ea2d8a0b3b3b3f0d8b1f4f5a04b4a2b2f4b7b4a3e0b6b4c1d2e3f4a5b6c7d" },
 * });
 * await fetcher.close();
 * ```
 */
export function createFetcher(options: FetcherOptions): Fetcher {
  const settings = settingsOf(options);
  const aborts = new Aborts();
  const transport = new Transport(settings, aborts);
  const health = new HostHealth(settings.giveUpAfter);
  const patience: Patience = { settings, aborts, health };
  const destinations = new Set<string>();
  return {
    async get(request) {
      assertUrls(request.urls);
      if (!Number.isSafeInteger(request.limit) || request.limit < 0) {
        throw new TypeError(`limit must be a whole number of bytes, got ${request.limit}`);
      }
      return await get(request, transport, patience);
    },
    async download(request) {
      assertUrls(request.urls);
      const { destination } = request;
      if (destinations.has(destination)) {
        throw new TypeError(`${destination} is being downloaded already`);
      }
      assertDownload(request);
      destinations.add(destination);
      try {
        const first = new URL(request.urls[0] ?? "");
        return await transport.whenTurn(first, request.signal, (place) =>
          new Download(request, transport, patience).run(place),
        );
      } finally {
        destinations.delete(destination);
      }
    },
    async exists(url, { signal } = {}) {
      assertUrls([url]);
      return await exists(url, signal, transport, patience);
    },
    async size(request) {
      assertUrls(request.urls);
      return await size(request, transport, patience);
    },
    async close() {
      aborts.close(new Error("the fetcher was closed"));
      await transport.close();
    },
  };
}

function assertUrls(urls: readonly string[]): void {
  if (urls.length === 0) {
    throw new TypeError("urls must not be empty");
  }
  for (const url of urls) {
    if (!isAsked(url)) {
      throw new TypeError(`not an http, https or file URL: ${redactUrl(url)}`);
    }
  }
}

/** A relative file URL would be read as an absolute one. */
function isAsked(url: string): boolean {
  if (/^https?:\/\//i.test(url)) {
    return URL.canParse(url);
  }
  const parsed = /^file:\/\//i.test(url) && URL.canParse(url) ? new URL(url) : undefined;
  return parsed !== undefined && filePathOf(parsed) !== undefined;
}
