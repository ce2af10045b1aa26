import { connect } from "node:net";
import type { Seen } from "./raw-server.js";

/** Connects a CONNECT through to its target. */
export function tunnelThrough(seen: Seen): void {
  const [host, port] = seen.target.split(":");
  const target = connect(Number(port), host, () => {
    seen.socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    seen.socket.pipe(target).pipe(seen.socket);
  });
  target.on("error", () => seen.socket.destroy());
  seen.socket.on("close", () => target.destroy());
}
