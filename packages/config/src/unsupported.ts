import type { ConfigKey } from "./keys.js";

/** Keys of the product contract that are not built yet: `[path, type, default, meaning]`. */
type Row = readonly [path: string, type: string, fallback: string, meaning: string];

const SHARED: readonly Row[] = [
  ["rate_limit", 'string such as "50MB/s"', "", "Bytes per second of one process."],
];

const GLOBAL: readonly Row[] = [
  ...SHARED,
  ["notify.webhook", "URL", "", "Told of each run."],
  ["metrics.textfile", "path", "", "Where Prometheus metrics are written."],
  ["serve", "table", "", "The built-in web server."],
  ["publish", "list of tables", "", "Object stores that are published to."],
];

const MIRROR: readonly Row[] = [
  ...SHARED.map(([path, type, , meaning]): Row => [path, type, "(the global one)", meaning]),
  ["hooks.after_sync", "list of strings", "", "Run after a sync."],
  ["hooks.after_stage", "list of strings", "", "Run after staging."],
  ["hooks.after_promote", "list of strings", "", "Run after a promote."],
  ["hooks.on_failure", "list of strings", "", "Run after a failure."],
  ["schedule", "cron expression, or hourly, daily, weekly", "", "When the mirror is synced."],
];

/** The keys that are refused by name. */
export const unsupportedKeys: readonly ConfigKey[] = [
  ...GLOBAL.map((row) => unsupported(row, "")),
  ...MIRROR.map((row) => unsupported(row, "mirrors.<id>.")),
];

function unsupported([path, type, fallback, meaning]: Row, prefix: string): ConfigKey {
  return {
    path: prefix + path,
    type,
    ...(fallback === "" ? {} : { default: fallback }),
    meaning,
    support: "not-yet",
  };
}
