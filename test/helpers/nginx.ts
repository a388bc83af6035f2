/** A real nginx for a test, in the foreground, in a temporary folder, with the configuration that a document gives. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { onFreePorts } from "./redis-process.ts";
import { removeFolder, temporaryFolder } from "./temporary-folder.ts";

export interface TestNginx {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Starts nginx and waits until it listens. Whoever starts it stops it.
 *
 * @param http what stands in nginx's block `http`, for the port that it has to listen on.
 */
export async function startNginx(program: string, http: (port: number) => string): Promise<TestNginx> {
  return onFreePorts(1, ([port = 0]) => start(program, http(port), port));
}

async function start(program: string, http: string, port: number): Promise<TestNginx> {
  const folder = temporaryFolder();
  const file = join(folder, "nginx.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  writeFileSync(
    file,
    `daemon off; pid ${join(folder, "pid")}; error_log stderr; events { worker_connections 1024; }
     http { access_log off; ${temporary.join(" ")} ${http} }`,
  );
  const child = spawn(program, ["-c", file, "-p", folder], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-2000);
  });
  const killed = () => child.kill("SIGTERM");
  process.once("exit", killed);
  const ended = once(child, "exit");
  const listens = async () => {
    while (child.exitCode === null && !(await accepts(port))) await setTimeout(20);
  };
  await listens();
  if (child.exitCode !== null) {
    removeFolder(folder);
    throw new Error(`nginx ended with ${child.exitCode}:\n${said}`);
  }
  return {
    port,
    stop: async () => {
      process.off("exit", killed);
      // Its workers end with it.
      child.kill("SIGTERM");
      await ended;
      removeFolder(folder);
    },
  };
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ host: "127.0.0.1", port });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
