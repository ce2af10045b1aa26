import { globalKeys } from "./global-keys.js";
import { mirrorKeys } from "./mirror-keys.js";
import { unsupportedKeys } from "./unsupported.js";

/** One key of the configuration file, for help texts and reference documentation. */
export interface ConfigKey {
  /** TOML path; `<id>` stands for a mirror's id. `[defaults]` takes every key of a mirror too. */
  readonly path: string;
  /** The values it takes, as a phrase. */
  readonly type: string;
  /** The value it has when it is not given, as TOML, or a phrase in parentheses. */
  readonly default?: string;
  /** It has no default and must be given. */
  readonly required?: true;
  /** The environment variable that overrides it. */
  readonly variable?: string;
  /** What it is for, in one line. */
  readonly meaning: string;
  /** `default-only`: accepted with its default, refused by name with another value. */
  readonly support: "yes" | "default-only" | "not-yet";
}

/** {@link ConfigKey} without its path; one that does not say otherwise is built. */
export type KeyRow = Omit<ConfigKey, "path" | "support"> & {
  readonly support?: ConfigKey["support"];
};

/** Every key of the configuration file, those that are not built yet included. */
export const configKeys: readonly ConfigKey[] = [
  ...rows(globalKeys, ""),
  ...rows(mirrorKeys, "mirrors.<id>."),
  ...unsupportedKeys,
];

function rows(table: Readonly<Record<string, KeyRow>>, prefix: string): ConfigKey[] {
  return Object.entries(table).map(([name, row]) => ({
    path: prefix + name,
    support: "yes",
    ...row,
  }));
}
