import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { TestkitError } from "./error.js";
import { findTool } from "./tool.js";

/** What nginx serves, and how. */
export interface NginxOptions {
  /** An existing empty directory for its configuration, logs and temporary files. */
  readonly root: string;
  /** The directory that it serves; links in it are followed. */
  readonly directory: string;
  /** Whom its workers run as when the test runs as root; root by default. Another user, e.g. `www-data`, shows what others cannot read. */
  readonly user?: string;
  /** More directives for the server block. */
  readonly server?: string;
}

/** A line of the access log. */
export interface NginxRequest {
  readonly method: string;
  /** As it was sent. */
  readonly path: string;
  readonly status: number;
  readonly sentBytes: number;
  readonly userAgent: string;
}

/** A running nginx. */
export interface NginxServer extends AsyncDisposable {
  /** Ends in a slash. */
  readonly url: string;
  /** The access log so far; every request that was answered before is in it. */
  requests(): Promise<NginxRequest[]>;
  /** What it wrote to its error log. */
  errors(): Promise<string>;
  /** Ends it and waits until its processes are gone. */
  close(): Promise<void>;
}

const ATTEMPTS = 5;
const MARK = "/.end-of-log-";

/**
 * Starts the real nginx on a free port of 127.0.0.1 with a temporary configuration.
 *
 * @throws TestkitError `ERR_TESTKIT_MISSING_TOOL`, `ERR_TESTKIT_TOOL_FAILED`
 */
export async function nginx(options: NginxOptions): Promise<NginxServer> {
  const program = findTool("nginx");
  if (program === undefined) {
    const message = "nginx: not installed on this machine";
    throw new TestkitError("ERR_TESTKIT_MISSING_TOOL", message, { tool: "nginx" });
  }
  const { root } = options;
  await mkdir(join(root, "temporary"), { recursive: true });
  const configuration = join(root, "nginx.conf");
  const errorLog = join(root, "error.log");
  const accessLog = join(root, "access.log");
  const errors = (): Promise<string> => readFile(errorLog, "utf8").catch(() => "");

  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const port = await freePort();
    await writeFile(configuration, configurationText(options, port));
    const child = spawn(program, ["-p", root, "-e", errorLog, "-c", configuration], {
      stdio: "ignore",
    });
    const url = `http://127.0.0.1:${port}/`;
    if (await answers(child, url)) {
      let marks = 0;
      const close = async (): Promise<void> => {
        if (child.exitCode === null && child.signalCode === null) {
          const exited = once(child, "exit");
          child.kill("SIGTERM");
          await exited;
        }
      };
      return {
        url,
        errors,
        close,
        [Symbol.asyncDispose]: close,
        async requests() {
          marks += 1;
          const mark = `${MARK}${marks}`;
          await fetch(new URL(mark, url));
          return readUntil(accessLog, mark);
        },
      };
    }
  }
  const stderr = await errors();
  const message = `nginx: did not start: ${stderr.trim()}`;
  throw new TestkitError("ERR_TESTKIT_TOOL_FAILED", message, { tool: "nginx", stderr });
}

function configurationText(options: NginxOptions, port: number): string {
  const { root } = options;
  const isRoot = process.getuid?.() === 0;
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `  ${name}_temp_path ${join(root, "temporary", name)};\n`)
    .join("");
  return `daemon off;
${isRoot ? `user ${options.user ?? "root"};\n` : ""}worker_processes 1;
pid ${join(root, "nginx.pid")};
error_log ${join(root, "error.log")} warn;
events {}
http {
${temporary}  default_type application/octet-stream;
  sendfile on;
  log_format test escape=json '{"method":"$request_method","path":"$request_uri","status":$status,"sentBytes":$body_bytes_sent,"userAgent":"$http_user_agent"}';
  access_log ${join(root, "access.log")} test;
  server {
    listen 127.0.0.1:${port};
    root ${options.directory};
${options.server ?? ""}
  }
}
`;
}

async function answers(child: ChildProcess, url: string): Promise<boolean> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline && child.exitCode === null && child.signalCode === null) {
    try {
      await fetch(new URL(`${MARK}0`, url));
      return true;
    } catch {
      await delay(20);
    }
  }
  child.kill("SIGKILL");
  return false;
}

async function readUntil(path: string, mark: string): Promise<NginxRequest[]> {
  const deadline = Date.now() + 5000;
  for (;;) {
    const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
    if (lines.some((line) => line.includes(`"${mark}"`)) || Date.now() > deadline) {
      return lines
        .map((line) => JSON.parse(line) as NginxRequest)
        .filter((request) => !request.path.startsWith(MARK));
    }
    await delay(10);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
