/**
 * A claim on a folder, held for as long as the process lives: a Unix socket that it listens on. After
 * `kill -9` nobody answers there, so the next process takes the claim over; no process id can be mistaken.
 */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";

/** Longer than two processes that find the same dead claim take to tread on each other. */
const SETTLE_MS = 100;

export interface Claim {
  release(): Promise<void>;
}

/** Claims a path; undefined when a live process holds it. */
export async function claim(path: string): Promise<Claim | undefined> {
  if ((await holderOf(path)) !== undefined) return undefined;
  const id = randomUUID();
  rmSync(path, { force: true });
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.end(id);
  });
  if (!(await listens(server, path))) return undefined;
  // Of two that removed a dead claim at once, the later one's socket is at the path.
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  if ((await holderOf(path)) !== id) {
    server.close();
    return undefined;
  }
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(path, () => resolve(true));
  });
}

/** The id of the live process that holds a claim. */
function holderOf(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let id = "";
    const socket = connect(path);
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      id += chunk;
    });
    socket.on("end", () => resolve(id));
    socket.on("error", () => resolve(undefined));
  });
}
