// about 13 s, mostly waiting
/** The demo plays every flow against a running hub, and leaves the book in balance. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { COMMAND } from "../helpers/command.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";

const demo = suite("the demo");
const JWT_SECRET = "a secret for the demo, of 32 bytes or more";

let hub: TestHub;
demo.before(async () => {
  hub = await startHub({ settings: { JWT_SECRET } });
});
demo.after(() => hub.close());

async function play(url: string): Promise<{ status: number; said: string }> {
  const child = spawn(process.execPath, [COMMAND, "demo", "--url", url], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, JWT_SECRET, NO_COLOR: "1" },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
  const [status] = await once(child, "close");
  return { status, said };
}

/** How often all three parties of a voucher hear of what becomes of it. */
const LIVES = {
  "voucher.issued": 10,
  "voucher.accepted": 1,
  "drawing.presented": 5,
  "drawing.honoured": 9,
  "drawing.refused": 1,
  "drawing.settled": 9,
  "drawing.settlement_failed": 1,
  "voucher.released": 1,
  "voucher.rejected": 1,
  "voucher.withdrawn": 1,
  "voucher.expired": 1,
};

demo("plays every flow, twice over if it is asked to", async () => {
  for (let time = 0; time < 2; time++) {
    const { status, said } = await play(hub.url);
    assert.is(status, 0, said);
    for (const event of [
      "payer.declined",
      "issuance.cancelled",
      "issuance.expired",
      "account.change_agreed",
    ]) {
      assert.ok(said.includes(event), event);
    }
    assert.is(said.match(/hub → (?:issuer|both) +voucher\.issued/g)?.length, 6);
    assert.match(said, /✘ account_name_mismatch[\s\S]*✘ insufficient_funds/);
    assert.match(said, /CREDIT-0+42 .* credit +CNY +125,000\.00 +125,000\.00 +0\.00 +125,000\.00 +0\.00/);
    for (const [type, count] of Object.entries(LIVES)) {
      const told = said.match(new RegExp(`hub → all three +${type.replace(".", "\\.")}[ \n]`, "g"));
      assert.is(told?.length, count, type);
    }
    assert.match(said, /voucher:draw +CNY 1\.00[^\n]*\n[^\n]*✘ wrong_state/);
    // Balances before and after: what was drawn of the payer's is the beneficiary's now, the blocked account's too.
    assert.match(said, /990011 .* funds +CNY +2,000,000\.00 +1,485,000\.00 +0\.00 +0\.00 +1,485,000\.00/);
    assert.match(said, /DE-1001 .* funds +CNY +0\.00 +515,000\.00 /);
    assert.match(said, /DE-1002 .* funds +CNY +0\.00 +100,000\.00 /);
    assert.match(said, /CREDIT-0+43 .* credit +CNY +100,000\.00 +100,000\.00 +25,000\.00 +0\.00 +75,000\.00/);
    assert.match(said, /Conserved: CNY [\d,.]+ before and CNY [\d,.]+ after/);
  }
  const { vouchers, findings } = await audit(hub.running);
  assert.equal([vouchers, findings], [32, []]);
});

demo("says so when no hub is there", async () => {
  const { status, said } = await play("http://127.0.0.1:9");
  assert.is(status, 1);
  assert.match(said, /127\.0\.0\.1:9/);
  assert.not.match(said, /\n\s+at /);
});

demo.run();
