/** A hub that is killed while it takes a file leaves nothing of it: the file has no name that it could be found by. */
import { readdirSync, readlinkSync, statSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type ChildHub, startChildHub } from "../helpers/child-hub.ts";
import { startRedis } from "../helpers/redis.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const killed = suite("an import whose hub is killed");
const HEAD = "party,number,holder,kind,currency,amount\n";

/** How large the files are that a process has open in a folder, with a name or without; Linux says which. */
function openIn(folder: string, pid: number): number[] {
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`);
  return open.flatMap((path) => {
    try {
      const target = readlinkSync(path);
      return target.startsWith(folder) ? [statSync(path).size] : [];
    } catch {
      // Closed since it was listed.
      return [];
    }
  });
}

/** Sends a part of a file, and never the rest. */
async function sendPart(hub: ChildHub, part: string) {
  const socket = connect(hub.port, "127.0.0.1");
  // The hub's end resets it.
  socket.on("error", () => undefined);
  const token = await hub.token("bank", { operator: true });
  socket.write(
    `POST /v1/accounts/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 100000\r\n\r\n${part}`,
  );
  return socket;
}

const test = process.platform === "linux" ? killed : killed.skip;
test("leaves nothing in the temporary folder, while it reads as after it", async () => {
  const redis = await startRedis();
  const folder = temporaryFolder();
  // The compiler of the tests keeps things there too.
  const left = () => readdirSync(folder).filter((name) => name.startsWith("tallystick"));
  const hub = await startChildHub({ REDIS_URL: redis.url, TMPDIR: folder, DATA_DIR: temporaryFolder() });
  try {
    const socket = await sendPart(hub, HEAD);
    while (!openIn(folder, hub.pid).includes(HEAD.length)) await sleep(20);
    assert.equal(left(), [], "while it is read");
    await hub.kill();
    socket.destroy();
    assert.equal(left(), [], "after it");
  } finally {
    if (hub.alive) await hub.kill();
    await redis.stop();
  }
});

killed.run();
