import { connect } from "node:net";

/** Nobody has this socket open: its file is missing, or was left behind by a process that is gone. */
const NOBODY: ReadonlySet<string | undefined> = new Set(["ENOENT", "ECONNREFUSED", "ENOTDIR"]);

/**
 * True when a live process listens on a Unix socket, even one that is stopped or too busy to answer: the
 * kernel takes the connection on its behalf.
 */
export function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(!NOBODY.has(error.code)));
  });
}
