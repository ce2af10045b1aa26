import * as z from "zod/mini";
import type { Names } from "./expand.js";
import type { Fault } from "./reading.js";
import type { Report } from "./report.js";
import type { Schema } from "./schema.js";
import type { TomlValue } from "./toml.js";
import type { TlsLayer } from "./validate.js";

/** What the caller's flags say; they win over everything else. */
export interface Overrides {
  readonly dir?: string | undefined;
  readonly logLevel?: string | undefined;
  /** For all mirrors. */
  readonly noPgpCheck?: boolean | undefined;
}

/** The global keys that the environment or the caller set. */
export interface Overlay {
  readonly dir?: string;
  readonly maxConns?: number;
  readonly logLevel?: "debug" | "info" | "warn" | "error";
  readonly logFormat?: "text" | "plain" | "json";
  readonly tls: TlsLayer;
}

/** Reads the `MIRRORCTL_*` variables, of which an empty one is unset, and the overrides. */
export function readOverlay(
  { env }: Names,
  overrides: Overrides,
  { root }: Schema,
  report: Report,
): Overlay {
  const { dir, max_conns, log, tls } = root.shape;

  function read<T>(path: string[], schema: z.ZodMiniType<T>, name: string, flag?: string) {
    const origin = flag === undefined ? { file: "environment", variable: name } : OVERRIDES;
    const text = flag ?? variable(env, name);
    if (text === undefined) return undefined;
    const value = fromText(path, text);
    const result = z.safeParse(schema, value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      const fault: Fault =
        issue.code === "custom" ? issue.params?.fault : { code: "ERR_CONFIG_BAD_VALUE" };
      report.add(path, fault, text, origin);
    }
    return undefined;
  }

  return {
    ...given("dir", read(["dir"], dir, "MIRRORCTL_DIR", overrides.dir)),
    ...given("maxConns", read(["max_conns"], max_conns, "MIRRORCTL_MAX_CONNS")),
    ...given(
      "logLevel",
      read(["log", "level"], log.shape.level, "MIRRORCTL_LOG_LEVEL", overrides.logLevel),
    ),
    ...given("logFormat", read(["log", "format"], log.shape.format, "MIRRORCTL_LOG_FORMAT")),
    tls: Object.assign(
      {},
      ...Object.entries(tls.shape).map(([key, schema]) =>
        given(key, read<unknown>(["tls", key], schema, `MIRRORCTL_TLS_${key.toUpperCase()}`)),
      ),
    ),
  };
}

/** The text of a variable as the TOML value that its key wants, or as it is. */
function fromText(path: readonly string[], text: string): TomlValue {
  const key = path.at(-1);
  if (key === "max_conns" && /^\d{1,15}$/.test(text)) return BigInt(text);
  if (key === "cipher_suites") return text.split(",").map((name) => name.trim());
  if (key === "insecure_skip_verify") {
    if (/^(?:1|t|true)$/i.test(text)) return true;
    if (/^(?:0|f|false)$/i.test(text)) return false;
  }
  return text;
}

const OVERRIDES = { file: "overrides" };

function variable(env: Names["env"], name: string): string | undefined {
  return (Object.hasOwn(env, name) && env[name]) || undefined;
}

function given<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });
}
