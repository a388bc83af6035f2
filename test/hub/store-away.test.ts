/** While the store is away everything is answered at once; when it is back, everything heals without a restart. */
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { openScene, type Scene } from "./scene.ts";

const away = suite("a store that is away");

let redis: TestRedis;
let hub: TestHub;
let scene: Scene;
away.before(async () => {
  redis = await startRedis({ durable: true });
  hub = await startHub({ redisUrl: redis.url, settings: { SWEEP_INTERVAL: "100" } });
});
away.after(async () => {
  await hub.close();
  await redis.stop();
});
away.before.each(async () => {
  scene = await openScene(hub);
});
away.after.each(() => scene.close());

/** Resolves when the terminal is next asked to sync what it follows. */
function nextResync(): Promise<void> {
  return new Promise((resolve) => scene.payer.socket.once("session:resync", () => resolve()));
}

/** Repeats a command until the store has answered it, as the SDK does. */
async function repeat(send: () => ReturnType<Scene["payer"]["command"]>) {
  for (;;) {
    const answer = await send();
    if (answer.ok || answer.error.code !== "unavailable") return answer;
    await setTimeout(20);
  }
}

away(
  "hundreds of commands are answered `unavailable`, none is kept waiting, and a repeat settles it",
  async () => {
    const { issuanceId } = await scene.reach("proposed");
    const payload = { issuanceId, commandId: freshId() };
    await redis.kill("SIGKILL");
    // The first of them find out; the others are not even sent.
    const answers = await Promise.all(
      Array.from({ length: 300 }, () => scene.payer.command("payer:agree", payload)),
    );
    for (const answer of answers) assert.is(!answer.ok && answer.error.code, "unavailable");
    const resynced = nextResync();
    await redis.restart();
    const answer = await repeat(() => scene.payer.command("payer:agree", payload));
    assert.ok(answer.ok && answer.issuance.version === 2);
    await resynced;
  },
);

away("what was done just before it went is there when it is back, and what was open goes on", async () => {
  const { issuanceId } = await scene.reach("verified");
  const payload = { issuanceId, commandId: freshId() };
  const first = await scene.issuer.accepted("issuance:accept", payload);
  const before = await scene.account("good");
  await redis.restart();
  assert.equal(await repeat(() => scene.issuer.command("issuance:accept", payload)), first);
  assert.equal(await scene.account("good"), before);
});

away("a deadline that passes meanwhile is found when it is back", async () => {
  const { issuanceId } = await scene.request({ respondWithin: 1 });
  await redis.kill("SIGKILL");
  await setTimeout(1100);
  await redis.restart();
  const told = await scene.issuer.told(issuanceId, "issuance.expired");
  assert.is(told.by, "hub");
  const late = await repeat(() => scene.payer.command("payer:agree", { issuanceId }));
  assert.is(!late.ok && late.error.code, "wrong_state");
});

away.run();
