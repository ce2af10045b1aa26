// nginx on loopback, or behind a line of 20 ms: two network namespaces that a relay joins.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
/** One way; a round trip takes twice as long. */
const DELAY_US = 10_000;

/**
 * Serves a directory on port 80, which some peers insist on.
 *
 * @param name - `loopback` or `20ms`
 */
export async function openNetwork(name, directory, scratch) {
  mkdirSync(scratch, { recursive: true });
  return name === "20ms"
    ? await openDistant(directory, scratch)
    : await openLoopback(directory, scratch);
}

async function openLoopback(directory, scratch) {
  // An address of its own: another server may have port 80 of the usual one.
  const host = `127.77.${(process.pid >> 8) & 255}.${process.pid & 255}`;
  const stop = await startNginx([], host, directory, scratch);
  return { host, enter: [], close: stop };
}

async function openDistant(directory, scratch) {
  const relay = join(scratch, "delay");
  execFileSync("gcc", ["-O2", "-o", relay, join(HERE, "delay.c")]);
  const [server, client] = [`mirror-bench-s${process.pid}`, `mirror-bench-c${process.pid}`];
  const host = "10.77.0.1";
  for (const name of [server, client]) ip("netns", "add", name);
  const running = spawn(relay, [server, client, String(DELAY_US)], { stdio: "ignore" });
  const close = async () => {
    running.kill();
    for (const name of [server, client]) ip("netns", "del", name);
  };
  try {
    await delay(300);
    for (const [name, address] of [
      [server, `${host}/24`],
      [client, "10.77.0.2/24"],
    ]) {
      ip("-n", name, "addr", "add", address, "dev", "line");
      ip("-n", name, "link", "set", "line", "up", "mtu", "9000", "txqueuelen", "10000");
      ip("-n", name, "link", "set", "lo", "up");
    }
    const stop = await startNginx(["ip", "netns", "exec", server], host, directory, scratch);
    return {
      host,
      enter: ["ip", "netns", "exec", client],
      async close() {
        await stop();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startNginx(enter, host, directory, scratch) {
  const path = join(scratch, "nginx.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${join(scratch, kind)};`)
    .join(" ");
  writeFileSync(
    path,
    `user root; worker_processes 2; pid ${scratch}/nginx.pid; error_log ${scratch}/error.log;
events { worker_connections 8192; }
http { ${temporary} access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000;
default_type application/octet-stream; server { listen ${host}:80 backlog=4096; root ${directory}; } }
`,
  );
  const [program, ...args] = [...enter, "nginx", "-e", join(scratch, "error.log"), "-c", path];
  execFileSync(program, args);
  return async () => {
    process.kill(Number(readFileSync(join(scratch, "nginx.pid"), "utf8")));
    await delay(200);
  };
}

function ip(...args) {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
}
