/** The process of `child-hub.ts`: a hub that says what it holds, and what goes wrong in it. */
import { readdirSync } from "node:fs";
import { readSettings } from "../../server/config.ts";
import { createHub } from "../../server/hub/create-hub.ts";
import { createLog } from "../../server/log.ts";
import type { Held } from "./child-hub.ts";

const say = (message: object) => process.send?.(message);
const wrong = (what: unknown) =>
  say({ wrong: what instanceof Error ? (what.stack ?? what.message) : `${what}` });
process.on("unhandledRejection", (reason) => wrong(reason));
process.on("uncaughtException", wrong);
process.on("warning", wrong);

const settings = readSettings(process.env);
const log = createLog({
  level: settings.LOG_LEVEL,
  destination: {
    write: (line) => {
      // A fault of the hub's own is logged with what was thrown; what it says of its store or of a terminal is not.
      if ("err" in JSON.parse(line)) wrong(line);
      else say({ line });
    },
  },
});
const hub = await createHub({ settings, redisUrl: settings.REDIS_URL as string, log });

function held(): Held {
  for (let round = 0; round < 4; round++) globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const listeners = [process, hub.store].flatMap((emitter) =>
    emitter.eventNames().map((name) => emitter.listenerCount(name)),
  );
  return {
    heapBytes: heapUsed,
    residentBytes: rss,
    handles: process.getActiveResourcesInfo().filter((kind) => kind !== "Immediate").length,
    files: readdirSync("/proc/self/fd").length,
    listeners: listeners.reduce((sum, count) => sum + count, 0),
  };
}

process.on("message", (question) => {
  if (question === "held") say({ held: held() });
  if (question === "close") void hub.close().then(() => process.exit(0), wrong);
});
say({ url: hub.url });
