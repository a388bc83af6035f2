import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { lockFolder } from "../../../server/redis/embedded/folder-lock.ts";
import { nodeArguments } from "../../helpers/source.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

const LOCKER = join(dirname(dirname(import.meta.dirname)), "fixtures", "folder-locker.ts");
const LOCKERS = 4;

const locks = suite("a lock on a folder");

interface Locker {
  child: ChildProcess;
  said: string;
}

async function startLocker(folder: string, instant: number): Promise<Locker> {
  const args = [...nodeArguments(LOCKER), folder, String(instant)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, said };
}

async function kill({ child }: Locker): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

locks("is held by one, and by the next once it is let go", async () => {
  const folder = temporaryFolder();
  const first = await lockFolder(folder);
  assert.ok(first);
  assert.is(await lockFolder(folder), undefined);
  await first.release();
  const second = await lockFolder(folder);
  assert.ok(second);
  await second.release();
  assert.equal(readdirSync(folder), []);
});

locks("on one folder is nothing to another", async () => {
  const held = await Promise.all([lockFolder(temporaryFolder()), lockFolder(temporaryFolder())]);
  assert.ok(held.every(Boolean));
  await Promise.all(held.map((one) => one?.release()));
});

locks("is held by exactly one of many in one process", async () => {
  const folder = temporaryFolder();
  for (let round = 0; round < 2; round++) {
    const all = await Promise.all(Array.from({ length: 6 }, () => lockFolder(folder)));
    const held = all.filter((one) => one !== undefined);
    assert.is(held.length, 1);
    await held[0]?.release();
  }
});

locks("is held by exactly one of many processes, over and over, each time after kill -9", async () => {
  const folder = temporaryFolder();
  for (let round = 0; round < 2; round++) {
    const instant = Date.now() + 1500;
    const all = await Promise.all(Array.from({ length: LOCKERS }, () => startLocker(folder, instant)));
    await Promise.all(all.map(kill));
    assert.is(all.filter(({ said }) => said === "held").length, 1);
  }
  const last = await lockFolder(folder);
  assert.ok(last);
  assert.is(readdirSync(folder).length, 1, "what the dead have left is cleared away");
  await last.release();
});

locks.run();
