import type { MirrorConfig } from "@mirror/config";
import { type FetcherOptions, redactUrl } from "@mirror/fetch";
import { CliError } from "./error.js";
import type { Host } from "./host.js";

/**
 * The proxies of a mirror: its own `proxy`, else those of the environment; `none` is none. What
 * `no_proxy` excepts is excepted from both.
 */
export function proxyOf(mirror: MirrorConfig, env: Host["env"]): FetcherOptions["proxy"] {
  if (mirror.proxy === "none") return undefined;
  const http = mirror.proxy ?? proxyVariable(env, "http_proxy");
  const https = mirror.proxy ?? proxyVariable(env, "https_proxy");
  const no = variable(env, "no_proxy");
  if (http === undefined && https === undefined) return undefined;
  return {
    ...(http === undefined ? {} : { http }),
    ...(https === undefined ? {} : { https }),
    ...(no === undefined ? {} : { no }),
  };
}

/** Lower case first, as curl and apt do. Empty means unset. */
function variable(env: Host["env"], name: string): string | undefined {
  const value = env[name] || env[name.toUpperCase()];
  return value === "" ? undefined : value;
}

/** @throws CliError ERR_CLI_BAD_PROXY when a variable names no http or https proxy */
function proxyVariable(env: Host["env"], name: string): string | undefined {
  const value = variable(env, name);
  if (value === undefined) return undefined;
  // curl and apt take a bare host and port for an http proxy.
  const url = value.includes("://") ? value : `http://${value}`;
  const protocol = URL.canParse(url) ? new URL(url).protocol : "";
  if (protocol === "http:" || protocol === "https:") return url;
  const found = URL.canParse(url) ? redactUrl(url) : "no URL";
  throw new CliError(
    "ERR_CLI_BAD_PROXY",
    `${name} of the environment: expected the URL of an http or https proxy, got ${found}`,
    { found },
  );
}
