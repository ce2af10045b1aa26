import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect } from "vitest";
import {
  createFetcher,
  type DownloadRequest,
  FetchError,
  type Fetcher,
  type FetcherOptions,
} from "../src/index.js";
import { type RawServer, rawServer } from "./raw-server.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) {
    await cleanup();
  }
});

/** A fetcher that retries at once; whoever wants it to lose patience says after how long. */
export function fetcherWith(options: Partial<FetcherOptions> = {}): Fetcher {
  const fetcher = createFetcher({
    maxConnections: 4,
    retryDelay: 5,
    stallTimeout: 30_000,
    connectTimeout: 30_000,
    giveUpAfter: 120_000,
    ...options,
  });
  cleanups.push(() => fetcher.close());
  return fetcher;
}

export async function serverOf(...args: Parameters<typeof rawServer>): Promise<RawServer> {
  const server = await rawServer(...args);
  cleanups.push(() => server[Symbol.asyncDispose]());
  return server;
}

export function directory(): string {
  const path = mkdtempSync(join(tmpdir(), "mirror-fetch-"));
  cleanups.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function sha(algorithm: string, body: Uint8Array | string): string {
  return createHash(algorithm).update(body).digest("hex");
}

export interface File {
  readonly body: Buffer;
  readonly destination: string;
  request(urls: string | readonly string[], more?: Partial<DownloadRequest>): DownloadRequest;
}

/** A file of `size` random bytes and where it should go. */
export function file(size: number, path = join(directory(), "file.deb")): File {
  const body = randomBytes(size);
  return {
    body,
    destination: path,
    request: (urls, more) => ({
      urls: typeof urls === "string" ? [urls] : urls,
      destination: path,
      size,
      digests: { sha256: sha("sha256", body) },
      ...more,
    }),
  };
}

/** The FetchError that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<FetchError> {
  const error = await promise.then(
    (value) => expect.unreachable(`resolved: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof FetchError)) {
    throw error;
  }
  return error;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
