export type { Certificate } from "./certificate.js";
export type { Digests } from "./check-stream.js";
export { cipherSuiteNames } from "./cipher-suites.js";
export { type Credentials, type Login, readCredentials } from "./credentials.js";
export type { DownloadRequest, DownloadResult } from "./download.js";
export { encodePath } from "./encode-path.js";
export { FetchError, type FetchErrorCode, type FetchErrorFacts } from "./error.js";
export { createFetcher, type Fetcher } from "./fetcher.js";
export type { GetRequest, GetResult } from "./get.js";
export { createHostLimit, type HostLimit } from "./host-limit.js";
export { inspectTls, type TlsInspection } from "./inspect-tls.js";
export type { FetcherOptions } from "./options.js";
export {
  type ProbedConnection,
  type ProbedVersion,
  type ProbeOptions,
  probeTls,
  type TlsProbe,
} from "./probe-tls.js";
export type { ProxyOptions } from "./proxy.js";
export { redactUrl } from "./redact.js";
export type { PemFile, TlsOptions, TlsVersion } from "./tls-options.js";
