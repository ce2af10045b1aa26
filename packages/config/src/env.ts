import type * as z from "zod";
import type { Names } from "./expand.js";
import { configKeys } from "./keys.js";
import type { Fault } from "./reading.js";
import type { Report } from "./report.js";
import type { Schema } from "./schema.js";

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
}

/** Reads the `MIRRORCTL_*` variables, of which an empty one is unset, and the overrides. */
export function readOverlay(
  { env }: Names,
  overrides: Overrides,
  { root }: Schema,
  report: Report,
): Overlay {
  const { dir, max_conns, log } = root.shape;
  for (const key of configKeys) {
    if (key.variable === undefined || key.support === "yes" || !variable(env, key.variable))
      continue;
    const fact = "not supported yet";
    report.add(
      key.path.split("."),
      { code: "ERR_CONFIG_NOT_SUPPORTED_YET", fact, found: null },
      undefined,
      { file: "environment", variable: key.variable },
    );
  }

  function read<T>(path: string[], schema: z.ZodType<T>, name: string, flag?: string) {
    const origin = flag === undefined ? { file: "environment", variable: name } : OVERRIDES;
    const text = flag ?? variable(env, name);
    if (text === undefined) return undefined;
    const value = path[0] === "max_conns" && /^\d{1,15}$/.test(text) ? BigInt(text) : text;
    const result = schema.safeParse(value);
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
  };
}

const OVERRIDES = { file: "overrides" };

function variable(env: Names["env"], name: string): string | undefined {
  return (Object.hasOwn(env, name) && env[name]) || undefined;
}

function given<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });
}
