// time limit: 480 s
/** `tallystick accounts repay`: an operator pays back what was drawn of a line of credit. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { accepted, openVoucherScene, toldOf } from "../vouchers/scene.ts";
import { type Ended, runCommand } from "./run-command.ts";

const command = suite("tallystick accounts repay");
const LINE = "LINE-1";

let redis: TestRedis;
let hub: TestHub;
let payer: string;
command.before(async () => {
  redis = await startRedis();
  hub = await startHub({ redisUrl: redis.url });
  const scene = await openVoucherScene(hub);
  payer = scene.payer.party;
  await hub.putAccount(payer, LINE, { kind: "credit", holder: payer, currency: "CNY", limit: 100_000 });
  const voucherId = await scene.issue({ amount: 50_000, from: LINE });
  await accepted(scene.beneficiary, "voucher:draw", voucherId, { amount: 30_000, to: scene.to });
  await toldOf(scene.beneficiary, voucherId, "drawing.settled");
  scene.close();
});
command.after(async () => {
  await hub.close();
  await redis.stop();
});

function run(...args: string[]): Promise<Ended> {
  return runCommand(["accounts", ...args], { environment: { REDIS_URL: redis.url, PARTITIONS: "16" } });
}

const repay = (amount: string, reference: string, number = LINE) =>
  run("repay", payer, number, "--reference", reference, "--", amount);

/** The sums of the only row of a table of accounts. */
function sumsIn(out: string): string[] {
  const [header = "", row = ""] = out.split("\n").map((line) => line.trim());
  assert.match(header, /total +used +frozen +available/);
  return row.match(/\d[\d,]*\.\d\d/g) ?? [];
}

command("a table shows what was used beside what is frozen", async () => {
  assert.equal(sumsIn((await run("show", payer, LINE)).out), ["1,000.00", "300.00", "200.00", "500.00"]);
});

command("pays back once for each reference, and never more than was used", async () => {
  for (let time = 0; time < 2; time++) {
    const { out, status } = await repay("100.50", "wire-1");
    assert.is(status, 0);
    assert.equal(sumsIn(out), ["1,000.00", "199.50", "200.00", "600.50"]);
  }
  for (const [amount, reference, error] of [
    ["100", "wire-1", /was used for another amount/],
    ["199.51", "wire-2", /19950 minor units are used/],
    ["0", "wire-3", /a repayment of 0 changes nothing/],
    ["-5", "wire-3", /is not an amount/],
  ] as const) {
    const refused = await repay(amount, reference);
    assert.is(refused.status, 1, amount);
    assert.match(refused.error, error);
  }
  assert.equal(sumsIn((await repay("199.50", "wire-3")).out), ["1,000.00", "0.00", "200.00", "800.00"]);
});

command("says that funds can't be repaid, and that there is no such account", async () => {
  const funds = await repay("1", "wire-1", "6222020200112233");
  assert.equal([funds.status, /Only a line of credit can be repaid/.test(funds.error)], [1, true]);
  const none = await repay("1", "wire-1", "NONE");
  assert.equal([none.status, /has no account NONE/.test(none.error)], [1, true]);
});

command.run();
