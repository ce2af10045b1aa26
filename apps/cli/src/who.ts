import { hostname, userInfo } from "node:os";
import type { Host } from "./host.js";

/** Who gave a command, as the history keeps it. */
export interface Who {
  readonly user: string;
  /** Who became that user by sudo. */
  readonly sudoUser?: string;
  readonly host: string;
}

/** Who gives this command. To be asked before the process becomes another user. */
export function whoAmI(host: Pick<Host, "env">): Who {
  const sudoUser = host.env.SUDO_USER ?? "";
  return { user: userName(), ...(sudoUser === "" ? {} : { sudoUser }), host: hostname() };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // Containers often run users without an entry.
    return `#${process.getuid?.() ?? "?"}`;
  }
}
