/** A real PostgreSQL of the benchmark's own, on a Unix socket in a temporary folder. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import { removeFolder, temporaryFolder } from "../helpers/temporary-folder.ts";

const PATIENCE_MS = 30_000;

/** Durable as it comes; sized so that checkpoints and a small cache are not what is measured. */
const SETTINGS = {
  listen_addresses: "",
  fsync: "on",
  synchronous_commit: "on",
  shared_buffers: "256MB",
  max_wal_size: "4GB",
  max_connections: "100",
  logging_collector: "off",
  log_min_messages: "fatal",
};

export interface PostgresServer {
  /** The folder of its socket, as `PGHOST`. */
  readonly host: string;
  readonly user: string;
  readonly pid: number;
  /** Ends it at once, as a power cut does; with SIGKILL its other processes are left behind, and end by themselves. */
  kill(signal?: "SIGQUIT" | "SIGKILL"): Promise<void>;
  /** Starts it again on the same data, after `kill`. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  // Its processes end with it, at once and without tidying up.
  for (const child of running) child.kill("SIGQUIT");
});

/** Starts a server with an empty database; whoever starts it stops it. */
export async function startPostgres(programs: string): Promise<PostgresServer> {
  const folder = temporaryFolder();
  const owner = ownerFor(folder);
  const data = join(folder, "data");
  const as = { ...owner, cwd: folder };
  execFileSync(
    join(programs, "initdb"),
    ["-D", data, "-U", "tallystick", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
    { ...as, stdio: ["ignore", "ignore", "pipe"] },
  );
  const given = Object.entries({ ...SETTINGS, unix_socket_directories: folder });
  const args = given.flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = { host: folder, user: "tallystick" };
  const launch = async () => {
    const child = spawn(join(programs, "postgres"), ["-D", data, ...args], {
      ...as,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-2000);
    });
    running.add(child);
    child.once("exit", () => running.delete(child));
    await untilItAnswers(server, () => {
      if (child.exitCode !== null) throw new Error(`postgres ended with ${child.exitCode}:\n${said}`);
    });
    return child;
  };
  let child = await launch();
  return {
    ...server,
    get pid() {
      return child.pid as number;
    },
    kill: (signal = "SIGQUIT") => end(child, signal),
    restart: async () => {
      child = await launch();
    },
    stop: async () => {
      await end(child, "SIGINT");
      removeFolder(folder);
    },
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!running.has(child)) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

/** PostgreSQL refuses to run as root: then the folder and the processes are its own user's. */
function ownerFor(folder: string): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  const owner = { uid: id("-u"), gid: id("-g") };
  chownSync(folder, owner.uid, owner.gid);
  const parent = dirname(folder);
  const { mode } = statSync(parent);
  // The folder that it is in may be closed to other users; they may now pass through, and still not look.
  if ((mode & 0o001) === 0) chmodSync(parent, (mode & 0o777) | 0o011);
  return owner;
}

/** `check` throws when there is nothing to wait for any more. */
async function untilItAnswers(server: { host: string; user: string }, check: () => void): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const client = new Client({ ...server, database: "postgres" });
    // What goes wrong with the line is told by the attempt, too.
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      check();
      if (Date.now() > end) throw error;
      await pause(20);
    }
  }
}
