import type { SecureContextOptions } from "node:tls";
import type { buildConnector } from "undici";
import type { Settings } from "./options.js";

/** Options of every connection of a fetcher. */
export async function connectOptions(settings: Settings): Promise<buildConnector.BuildOptions> {
  const options = {
    autoSelectFamily: true,
    // Node's 250 ms give up addresses that are merely far away.
    autoSelectFamilyAttemptTimeout: 500,
    ...settings.connect,
    timeout: 0,
  };
  if (settings.ca === undefined) {
    return options;
  }
  // Made once: with `ca` itself, every connection would parse the whole bundle again.
  const { createSecureContext } = await import("node:tls");
  const context: SecureContextOptions = { ...settings.connect, ca: settings.ca };
  return { ...options, secureContext: createSecureContext(context) };
}
