import * as z from "zod/mini";
import { showPath } from "./printable.js";
import type { Fault } from "./reading.js";
import { refuseUnknown } from "./refuse-unknown.js";
import type { Report } from "./report.js";
import type { Schema } from "./schema.js";
import { suggestValue } from "./suggest-value.js";
import { isTable, type KeyPath, type Table, type TomlValue } from "./toml.js";

const MIRROR_ID = /^[a-z0-9][a-z0-9_-]*$/;
const MAX_ID_LENGTH = 128;

type Mirror = z.output<Schema["mirror"]>;
type Root = z.output<Schema["root"]>;

/** The keys of a mirror as one layer gives them: whatever is given and right. */
export type MirrorLayer = Partial<
  Omit<Mirror, "filters" | "indices" | "promote" | "sign" | "snapshot" | "tls" | "trace">
> & {
  readonly filters?: Partial<Mirror["filters"]>;
  readonly indices?: Partial<Mirror["indices"]>;
  readonly promote?: Partial<Mirror["promote"]>;
  readonly sign?: Partial<Mirror["sign"]>;
  readonly snapshot?: SnapshotLayer;
  readonly tls?: TlsLayer;
  readonly trace?: Partial<Mirror["trace"]>;
};

/** The keys of a `[snapshot]` table as one layer gives them. */
export type SnapshotLayer = Partial<Omit<Mirror["snapshot"], "prune">> & {
  readonly prune?: Partial<Mirror["snapshot"]["prune"]>;
};

/** The keys of a `[tls]` table as one layer gives them. */
export type TlsLayer = Partial<Mirror["tls"]>;

/** The keys of the whole file as they are given. */
export type RootLayer = Partial<Omit<Root, "defaults" | "log" | "snapshot" | "tls">> & {
  readonly log: Partial<Root["log"]>;
  readonly snapshot?: SnapshotLayer;
  readonly tls: TlsLayer;
  readonly defaults: MirrorLayer;
  readonly mirrors: ReadonlyMap<string, MirrorLayer>;
};

/** Checks every key that is given and keeps the right ones; the others are reported. */
export function validate(table: Table, schema: Schema, report: Report): RootLayer {
  const mirrors = new Map<string, MirrorLayer>();
  const { mirrors: given, ...rest } = table;
  const root = readTable(rest, schema.root, [], report) as Omit<RootLayer, "mirrors">;
  if (isTable(given)) {
    for (const [id, mirror] of Object.entries(given)) {
      const layer = readMirror(id, mirror, schema, report);
      if (layer !== undefined) mirrors.set(id, layer);
    }
  } else if (given !== undefined) {
    report.add(["mirrors"], { code: "ERR_CONFIG_WRONG_TYPE" }, given);
  }
  if ("defaults" in rest) checkUrls(rest.defaults, ["defaults"], report);
  return {
    ...root,
    log: root.log ?? {},
    tls: root.tls ?? {},
    defaults: root.defaults ?? {},
    mirrors,
  };
}

function readMirror(
  id: string,
  value: TomlValue,
  schema: Schema,
  report: Report,
): MirrorLayer | undefined {
  const path = ["mirrors", id];
  if (!MIRROR_ID.test(id) || id.length > MAX_ID_LENGTH) {
    const suggestion = id
      .toLowerCase()
      .replace(/[^a-z0-9_-]+/g, "-")
      .replace(/^[-_]+|-+$/g, "");
    report.add(path, {
      code: "ERR_CONFIG_BAD_MIRROR_ID",
      fact: "a mirror's name holds a-z, 0-9, - and _, and begins with a letter or digit",
      allowed: `${MIRROR_ID.source}, at most ${MAX_ID_LENGTH} characters`,
      found: null,
      ...(MIRROR_ID.test(suggestion) && id.length <= MAX_ID_LENGTH
        ? { suggestion: `mirrors.${suggestion}` }
        : {}),
    });
  }
  if (!isTable(value)) {
    report.add(path, { code: "ERR_CONFIG_WRONG_TYPE", allowed: "a table" }, value);
    report.explain("mirrors");
    return undefined;
  }
  // What the keys of another type of mirror may hold is not known yet.
  const table = isOtherType(value.type) ? { type: value.type } : value;
  checkUrls(table, path, report);
  return readTable(table, schema.mirror, path, report) as MirrorLayer;
}

function isOtherType(type: TomlValue | undefined): type is string {
  return type === "rsync" || type === "http" || type === "ftp" || type === "git";
}

function checkUrls(table: TomlValue | undefined, path: KeyPath, report: Report): void {
  if (!isTable(table) || table.url === undefined || table.urls === undefined) return;
  const fact = "url and urls exclude each other";
  report.add([...path, "urls"], { code: "ERR_CONFIG_CONFLICT", fact, found: null });
}

function readTable(
  table: Table,
  schema: z.ZodMiniObject,
  path: KeyPath,
  report: Report,
): Record<string, unknown> {
  const right: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(table)) {
    const keyPath = [...path, key];
    const keySchema = Object.hasOwn(schema.shape, key) ? schema.shape[key] : undefined;
    if (keySchema === undefined) refuseUnknown(keyPath, value, report);
    else if (keySchema instanceof z.ZodMiniObject) {
      if (isTable(value)) right[key] = readTable(value, keySchema, keyPath, report);
      else report.add(keyPath, { code: "ERR_CONFIG_WRONG_TYPE", allowed: "a table" }, value);
    } else {
      const result = z.safeParse(keySchema, value);
      if (result.success) right[key] = result.data;
      else for (const issue of result.error.issues) addIssue(issue, keyPath, value, report);
    }
  }
  return right;
}

function addIssue(issue: z.core.$ZodIssue, path: KeyPath, value: TomlValue, report: Report): void {
  if (issue.code === "invalid_union") {
    const branch = issue.errors.find((issues) => !issues.some(isMismatch));
    if (branch !== undefined) {
      for (const inner of branch) addIssue(inner, path, value, report);
      return;
    }
  }
  const inside = issue.path.filter((part) => typeof part !== "symbol");
  const found = inside.reduce(
    (outer: TomlValue | undefined, part) =>
      Array.isArray(outer) && typeof part === "number" ? outer[part] : undefined,
    value,
  );
  report.add([...path, ...inside], toFault(issue, path, inside.length > 0, found), found);
}

function isMismatch(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && /^invalid_(?:type|value)$/.test(issue.code);
}

function toFault(
  issue: z.core.$ZodIssue,
  path: KeyPath,
  isElement: boolean,
  found?: TomlValue,
): Fault {
  if (issue.code === "custom") return issue.params?.fault as Fault;
  const values =
    issue.code === "invalid_value"
      ? issue.values
      : issue.code === "invalid_union"
        ? issue.errors.flat().flatMap((inner) => ("values" in inner ? inner.values : []))
        : [];
  const isType = !values.some((one) => typeof one === typeof found);
  const isListed = path.at(-1) === "url" && Array.isArray(found);
  const suggestion = isListed
    ? showPath([...path.slice(0, -1), "urls"])
    : suggestValue(issue, found);
  return {
    code: isType ? "ERR_CONFIG_WRONG_TYPE" : "ERR_CONFIG_BAD_VALUE",
    ...(isElement ? { allowed: "a string" } : {}),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}
