/** `kill -9` of the hub, or of the store, between any two steps of a settlement: another goes on, and pays once. */
import type { VoucherAck } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { marksKey } from "../../server/ledger/keys.ts";
import { type HubProcess, startHubProcess } from "../faults/hub-process.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, freshId, type RawTerminal } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { freePort } from "../helpers/redis-process.ts";
import { startProxy, type TcpProxy } from "../helpers/tcp-proxy.ts";
import { checkBooks } from "../hub/books.ts";
import { snapshotOf, toldOf } from "./scene.ts";
import { openStage, type Stage, settled } from "./situations.ts";

const kills = suite("a settlement under kill -9");

const SECRET = "a secret for tests, of 32 bytes or more";

let redis: TestRedis;
/** Stands between the store and the hub that dies. */
let proxy: TcpProxy;
let victim: HubProcess;
/** Sweeps, and takes over what the other has left. */
let survivor: TestHub;
let stage: Stage;

kills.before(async () => {
  redis = await startRedis({ tcp: true, durable: true });
  const port = Number(redis.url.split(":").at(-1));
  proxy = await startProxy(() => ({ host: "127.0.0.1", port }), { redis: true });
  survivor = await startHub({ redisUrl: redis.url, settings: { SWEEP_INTERVAL: "100" } });
  victim = startHubProcess({
    port: await freePort(),
    environment: {
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
      JWT_SECRET: SECRET,
      PARTITIONS: "16",
      // It does nothing by itself, so that what passes the proxy is what the drawing brings about.
      SWEEP_INTERVAL: "60000",
    },
  });
  await victim.untilListening();
  stage = await openStage(survivor, "three parties", undefined);
});
kills.after(async () => {
  stage.close();
  await victim.kill();
  await survivor.close();
  await proxy.close();
  await redis.stop();
});

/** A terminal of the beneficiary's at the hub that dies. */
function atVictim(): Promise<RawTerminal> {
  return connectTerminal({ ...survivor, url: `http://127.0.0.1:${victim.port}` }, stage.beneficiary.party);
}

/** The reply that is the last that the hub would have had, by what is in it, and what was done then. */
const STEPS = [
  ["the drawing and before the credit", "drawing.honoured"],
  ["the credit and before the close", "|done|40000|"],
  ["the close and before it is told", "drawing.settled"],
] as const;

for (const dies of ["hub", "store", "hub and store"] as const) {
  for (const [between, reply] of STEPS) {
    kills(`the ${dies} between ${between}: it is paid once, and told`, async () => {
      const { beneficiary, payer, to } = stage;
      const before = { books: await checkBooks(survivor), balances: await stage.balances() };
      const voucherId = await stage.issue();
      await toldOf(beneficiary, voucherId, "voucher.issued");
      const terminal = await atVictim();
      const payload = { commandId: freshId(), voucherId, to, amount: 40_000 };
      const lost = proxy.loseFrom(reply);
      const answered = terminal.send("voucher:draw", payload).catch(() => undefined);
      await lost;
      if (dies !== "store") await victim.kill();
      if (dies !== "hub") await redis.restart();
      if (dies === "hub") assert.equal(await howFar(`${voucherId}.2`), HOW_FAR[reply]);
      await answered;
      terminal.close();

      // Whoever drew asks again, and has drawn once.
      const answer = await untilAnswered(payload);
      assert.ok(answer.ok && answer.event.type === "drawing.honoured" && answer.event.version === 2);
      const voucher = await settled(payer, voucherId);
      assert.equal([voucher.version, voucher.honoured], [3, 40_000]);
      assert.equal((await snapshotOf(payer, voucherId)).drawings.length, 1);
      if (reply !== "drawing.settled") await toldOf(payer, voucherId, "drawing.settled");
      const after = await checkBooks(survivor);
      assert.equal(after.held, before.books.held);
      const { balances } = before;
      assert.is((await stage.balances()).beneficiary.balance, (balances.beneficiary.balance ?? 0) + 40_000);
      assert.is((await stage.balances()).payer.balance, (balances.payer.balance ?? 0) - 40_000);
      assert.equal((await audit(survivor.running)).findings, []);
      if (dies !== "store") {
        victim.start();
        await victim.untilListening();
      }
    });
  }
}

/** How far a settlement is: what it says itself, and whether the account was credited. */
async function howFar(id: string): Promise<[state: string | undefined, isCredited: boolean]> {
  const { store, ledger } = survivor.running;
  const found = await ledger.settlements.find(id);
  const marks = await store.exists(marksKey(ledger.partitionOf(stage.beneficiary.party), id));
  return [found?.state, marks > 0];
}

const HOW_FAR = {
  "drawing.honoured": ["open", false],
  "|done|40000|": ["open", true],
  "drawing.settled": ["settled", true],
};

/** The answer of the hub that is left, once it has its line to the store again. */
async function untilAnswered(payload: object): Promise<VoucherAck> {
  for (;;) {
    const answer = (await stage.beneficiary.send("voucher:draw", payload)) as VoucherAck;
    if (answer.ok || answer.error.code !== "unavailable") return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

kills.run();
