import type { TLSSocket } from "node:tls";

/**
 * Lets a refusal be heard that comes after the client's part of a TLS 1.3 handshake, such as the
 * one for a missing client certificate.
 *
 * Node tells the end of such a connection before the alert that ended it, and undici destroys a
 * connection that ends, so that the alert would never be told. The end waits for it, until the
 * server has sent a session ticket, which it does for clients that it accepts.
 */
export function hearLateRefusal(socket: TLSSocket): void {
  if (socket.getProtocol() !== "TLSv1.3") {
    return;
  }
  const { emit } = socket;
  socket.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    if (event === "session") {
      socket.emit = emit;
    } else if (event === "end") {
      socket.emit = emit;
      setImmediate(() => {
        if (socket.errored === null) {
          Reflect.apply(emit, socket, ["end"]);
        }
      });
      return true;
    }
    return Reflect.apply(emit, socket, [event, ...values]);
  };
}
