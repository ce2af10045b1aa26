import { expect } from "vitest";
import {
  type Config,
  ConfigError,
  type ConfigProblem,
  type MirrorConfig,
  type ParseOptions,
  parseConfig,
} from "../src/index.js";
import { readPattern } from "../src/patterns.js";

/** The keys that no mirror can do without, but for those named. */
export function mirrorKeys(...without: string[]): string {
  return Object.entries({
    url: '"https://deb.example.org/debian"',
    suites: '["bookworm"]',
    sections: '["main"]',
    architectures: '["amd64"]',
  })
    .filter(([key]) => !without.includes(key))
    .map(([key, value]) => `${key} = ${value}\n`)
    .join("");
}

/** A right file: `keys` stand at the top, `mirrorLines` in its one mirror `m`. */
export function file(keys: string, mirrorLines = "", ...without: string[]): string {
  const dir = /^dir\s*=/m.test(keys) || without.includes("dir") ? "" : 'dir = "/srv/mirrors"\n';
  return `${dir}${keys}\n[mirrors.m]\n${mirrorKeys(...without)}${mirrorLines}\n`;
}

export function parse(text: string, options: Partial<ParseOptions> = {}): Config {
  return parseConfig([{ path: "mirror.toml", text }], { env: {}, readPattern, ...options });
}

/** The mirror `m` of a file whose mirror has these lines besides, or instead of, the usual ones. */
export function mirror(lines: string, ...without: string[]): MirrorConfig {
  const [first] = parse(file("", lines, ...without)).mirrors;
  if (first === undefined) throw new Error("no mirror");
  return first;
}

export function errorOf(run: () => unknown): ConfigError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  return expect.fail("nothing was refused");
}

export function problems(text: string, options: Partial<ParseOptions> = {}): ConfigProblem[] {
  return [...errorOf(() => parse(text, options)).problems];
}

/** The only problem of a file. */
export function problem(text: string, options: Partial<ParseOptions> = {}): ConfigProblem {
  const [first, ...rest] = problems(text, options);
  expect(rest).toEqual([]);
  if (first === undefined) throw new Error("no problem");
  return first;
}

/** `code path` of each problem. */
export function facts(text: string, options: Partial<ParseOptions> = {}): string[] {
  return problems(text, options).map(({ code, path }) => `${code} ${path}`);
}
