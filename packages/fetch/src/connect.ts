import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { buildConnector } from "undici";
import { ConnectFailure } from "./classify.js";
import { hearLateRefusal } from "./late-refusal.js";

/** Opens a connection; returns how to give it up before it stands. */
export type Connect = (
  options: buildConnector.Options,
  callback: buildConnector.Callback,
) => () => void;

/**
 * undici's connector as a {@link Connect}; what the server showed goes with its errors.
 *
 * `serverName` is asked for and verified in place of the host's own name.
 */
export function direct(connector: buildConnector.connector, serverName?: string): Connect {
  return (options, callback) => {
    let certificate: Uint8Array | undefined;
    const asked = serverName === undefined ? options : { ...options, servername: serverName };
    // It returns the socket at run time, which its types leave out.
    const socket = connector(asked, (error, connected) => {
      if (error === null) {
        if ("getPeerCertificate" in connected) {
          hearLateRefusal(connected as TLSSocket);
        }
        callback(null, connected);
      } else {
        callback(new ConnectFailure("no connection", { cause: error, certificate }), null);
      }
    }) as unknown as Socket | TLSSocket | undefined;
    if (socket !== undefined && "getPeerCertificate" in socket) {
      // Before Node's own listener, which destroys the connection of a server that is not trusted.
      socket.prependOnceListener("secure", () => {
        certificate = socket.getPeerCertificate().raw;
      });
    }
    return () => socket?.destroy();
  };
}

/** A connector for one undici client that can be given up from outside. */
export interface LaneConnector {
  readonly connect: buildConnector.connector;
  /** Gives up the connection being made, if one is. */
  cancel(): void;
}

/**
 * Bounds `connect` by `timeout` (ms, name look-up, tunnel and TLS included) and wraps its errors:
 * undici reconnects for ever when a connector reports one of its own socket errors.
 */
export function laneConnector(connect: Connect, timeout: number): LaneConnector {
  let cancel: (() => void) | undefined;
  return {
    connect(options, callback) {
      let settled = false;
      const settle = (error: unknown, socket?: Socket | null): void => {
        clearTimeout(timer);
        if (settled) {
          socket?.destroy();
          return;
        }
        settled = true;
        cancel = undefined;
        // On failure undici's connector leaves the socket out, whatever its types say.
        if (socket != null) {
          callback(null, socket);
        } else if (error instanceof ConnectFailure) {
          callback(error, null);
        } else {
          callback(new ConnectFailure("no connection", { cause: error }), null);
        }
      };
      const timer = setTimeout(() => {
        giveUp?.();
        settle(new ConnectFailure("timeout", {}));
      }, timeout);
      let giveUp: (() => void) | undefined;
      try {
        giveUp = connect(options, (error, socket) => settle(error, socket));
        if (!settled) {
          cancel = () => {
            giveUp?.();
            settle(new ConnectFailure("given up", {}));
          };
        }
      } catch (error) {
        settle(error);
      }
    },
    cancel() {
      cancel?.();
    },
  };
}
