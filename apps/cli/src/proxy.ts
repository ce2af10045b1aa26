import type { MirrorConfig } from "@mirror/config";
import type { FetcherOptions } from "@mirror/fetch";
import type { Host } from "./host.js";

/**
 * The proxies of a mirror: its own `proxy`, else those of the environment; `none` is none. What
 * `no_proxy` excepts is excepted from both.
 */
export function proxyOf(mirror: MirrorConfig, env: Host["env"]): FetcherOptions["proxy"] {
  if (mirror.proxy === "none") return undefined;
  const http = mirror.proxy ?? variable(env, "http_proxy");
  const https = mirror.proxy ?? variable(env, "https_proxy");
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
