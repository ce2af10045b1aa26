import * as z from "zod/mini";
import { readDuration } from "./duration.js";
import type { Fault, Reading } from "./reading.js";
import { closest } from "./suggest.js";

const SECOND = 1000;
// Longer timers of Node fire at once: 2^31 - 1 ms is a little under 25 days.
const LONGEST_TIMER = 24 * 24 * 3600 * SECOND;
const HOUR = 3600 * SECOND;

/** A string, as what `read` makes of it. */
export function text<T>(readText: (text: string) => Reading<T>) {
  return read(z.string(), readText);
}

/** A duration in ms. */
export function duration() {
  return text(readDuration);
}

/** A duration in ms of an hour at least. */
export function hours() {
  return text((value) => {
    const reading = readDuration(value);
    return "fault" in reading || reading.value >= HOUR
      ? reading
      : { fault: { code: "ERR_CONFIG_BAD_VALUE", allowed: "a duration of at least 1h" } };
  });
}

/** A duration in ms that a timer can take. */
export function timer() {
  return text((value) => {
    const reading = readDuration(value);
    const inside =
      "fault" in reading || (reading.value >= SECOND && reading.value <= LONGEST_TIMER);
    return inside
      ? reading
      : { fault: { code: "ERR_CONFIG_BAD_VALUE", allowed: "a duration from 1s to 24d" } };
  });
}

/** An integer as a number. */
export function integer(least: number, most: number) {
  return read(z.bigint(), (value) => {
    const allowed = `an integer from ${least} to ${most}`;
    const inside = value >= BigInt(least) && value <= BigInt(most);
    return inside ? { value: Number(value) } : { fault: { code: "ERR_CONFIG_BAD_VALUE", allowed } };
  });
}

/** A list without duplicates: a name given twice is most often another name meant. */
export function list<T>(item: z.ZodMiniType<T>, least: 0 | 1 = 1) {
  return z.pipe(
    z.array(z.unknown()),
    z.transform((given: unknown[], context) => {
      if (given.length < least) {
        const fact = "the list must not be empty";
        return refuse({ code: "ERR_CONFIG_BAD_VALUE", fact, found: null }, context);
      }
      const values: T[] = [];
      given.forEach((element, index) => {
        const result = z.safeParse(item, element);
        if (!result.success) {
          for (const issue of result.error.issues) {
            context.issues.push({ ...issue, path: [index, ...issue.path] } as z.core.$ZodRawIssue);
          }
        } else if (values.includes(result.data)) {
          const fact = "the list names it twice";
          refuse({ code: "ERR_CONFIG_DUPLICATE_VALUE", fact }, context, [index]);
        } else values.push(result.data);
      });
      return values;
    }),
  );
}

/** A program and its arguments, of which some may be equal. */
export function argv() {
  return read(z.array(z.string()), (words): Reading<readonly string[]> => {
    const allowed = "a list of strings, the program first, none with a NUL";
    const right = words[0]?.trim() && words.every((word) => !word.includes("\0"));
    return right
      ? { value: words }
      : { fault: { code: "ERR_CONFIG_BAD_VALUE", allowed, found: null } };
  });
}

/** Architectures without `all`, which cannot stand alone. */
export function withoutAll(names: z.ZodMiniType<string[]>) {
  return read(names, (values) => {
    const others = values.filter((value) => value !== "all");
    const fact = "all is implied, at least one other architecture is needed";
    return others.length > 0
      ? { value: others }
      : { fault: { code: "ERR_CONFIG_BAD_VALUE", fact } };
  });
}

/** Takes every value that the product contract knows, and only the one that is built. */
export function only<T extends string | boolean, V extends T>(type: z.ZodMiniType<T>, built: V) {
  return read(type, (value): Reading<V> => {
    if (value === built) return { value: built };
    const code = "ERR_CONFIG_NOT_SUPPORTED_YET";
    const fact = `${JSON.stringify(value)} is not supported yet`;
    return { fault: { code, fact, allowed: JSON.stringify(built), found: null } };
  });
}

/** One of these values, in any case. */
export function oneOf<const T extends string>(...values: readonly T[]) {
  return text((given): Reading<T> => {
    const value = values.find((one) => one.toLowerCase() === given.toLowerCase());
    if (value !== undefined) return { value };
    const suggestion = closest(given, values);
    const fault: Fault = { code: "ERR_CONFIG_BAD_VALUE" };
    return { fault: suggestion === undefined ? fault : { ...fault, suggestion } };
  });
}

function read<G, T>(given: z.ZodMiniType<G>, reader: (value: G) => Reading<T>) {
  return z.pipe(
    given,
    z.transform((value: G, context): T => {
      const reading = reader(value);
      return "value" in reading ? reading.value : refuse(reading.fault, context);
    }),
  );
}

function refuse(fault: Fault, context: z.core.ParsePayload, path: PropertyKey[] = []): never {
  context.issues.push({ code: "custom", params: { fault }, path, input: context.value });
  return z.NEVER;
}
