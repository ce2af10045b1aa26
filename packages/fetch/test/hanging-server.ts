import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { sleep } from "./fixture.js";

const LISTEN = `const [host, port] = process.argv.slice(1);
require("node:net").createServer().listen({ host, port, backlog: 1 }, () => console.log("listens"));`;
/** More than a queue of one holds. */
const WAITING = 8;

/** Whether this machine has an IPv6 loopback. */
export function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address }) => address === "::1"),
  );
}

/** An address where nobody answers, not even with a refusal: its program sleeps, and its queue is full. */
export async function hangingServer(host: string, port: number): Promise<AsyncDisposable> {
  const child = spawn(process.execPath, ["-e", LISTEN, host, String(port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  await Promise.race([once(child.stdout, "data"), ended]);
  child.kill("SIGSTOP");
  const sockets: Socket[] = [];
  for (let count = 0; count < WAITING; count += 1)
    sockets.push(connect(port, host).on("error", () => {}));
  while (!sockets.some((socket) => !socket.connecting)) await sleep(10);
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      child.kill("SIGKILL");
      await ended;
    },
  };
}
