/** What a Redis server is asked, as it tells itself: each command once, those of scripts with their source. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { TestRedis } from "./redis.ts";

/** A command as MONITOR shows it. */
export interface MonitoredCommand {
  /** Its name in lower case. */
  name: string;
  args: string[];
  /** A script did it, and no client asked for it. */
  isScripts: boolean;
}

export interface Monitor {
  /** Waits until all has been shown that the server was asked before. */
  catchUp(): Promise<void>;
  close(): void;
}

/**
 * Listens to a test's own server from now on. ioredis has such a listener too, which ends with an error where the
 * first command is read together with the answer that it begins (`Command queue state error`, seen under load).
 */
export async function monitorCommands(
  redis: TestRedis,
  told: (command: MonitoredCommand) => void,
): Promise<Monitor> {
  const socket = connectTo(redis.url);
  const lines = createInterface({ input: socket });
  socket.write("MONITOR\r\n");
  const [answer] = (await once(lines, "line")) as [string];
  if (answer !== "+OK") throw new Error(`MONITOR was answered with ${answer}`);
  const asked = redis.client();
  const marks = new Map<string, () => void>();
  lines.on("line", (line) => {
    const command = read(line);
    if (!command) return;
    const mark = command.name === "echo" ? marks.get(command.args[0] ?? "") : undefined;
    if (mark) mark();
    else told(command);
  });
  return {
    catchUp: async () => {
      const mark = randomUUID();
      const shown = new Promise<void>((resolve) => marks.set(mark, resolve));
      await asked.echo(mark);
      await shown;
      marks.delete(mark);
    },
    close: () => {
      lines.close();
      socket.destroy();
      asked.disconnect();
    },
  };
}

/** @param url as `TestRedis.url`: `unix:PATH` or `redis://HOST:PORT` */
function connectTo(url: string): Socket {
  const { protocol, hostname, port, pathname } = new URL(url);
  return protocol === "unix:" ? connect({ path: pathname }) : connect({ host: hostname, port: Number(port) });
}

/** `+1700000000.1 [0 127.0.0.1:5000] "GET" "key"`, the source being `lua` for what a script does. */
const LINE = /^\+\d+\.\d+ \[\d+ ([^\]]*)\] (.*)$/;

function read(line: string): MonitoredCommand | undefined {
  const [, source, quoted = ""] = LINE.exec(line) ?? [];
  if (source === undefined) return undefined;
  const [name = "", ...args] = [...quoted.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) => text);
  return { name: name.toLowerCase(), args, isScripts: source === "lua" };
}
