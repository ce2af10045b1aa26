export type {
  Config,
  FiltersConfig,
  IndicesConfig,
  LogConfig,
  MinFree,
  MirrorConfig,
  PromoteConfig,
  SignConfig,
  SnapshotConfig,
  TlsConfig,
  TlsVersion,
  TraceConfig,
} from "./config.js";
export type { Source } from "./document.js";
export { parseDuration } from "./duration.js";
export type { Overrides } from "./env.js";
export {
  ConfigError,
  type ConfigErrorCode,
  type ConfigProblem,
  type ConfigProblemCode,
} from "./error.js";
export { type ConfigKey, configKeys } from "./keys.js";
export { type LoadOptions, loadConfig } from "./load.js";
export { type ParseOptions, parseConfig } from "./parse.js";
export { closest } from "./suggest.js";
export { formatGoTime } from "./time-layout.js";
