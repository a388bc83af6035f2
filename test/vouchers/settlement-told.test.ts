/** With MIN_REPLICAS the end of a settlement is told when replicas have it, and not before. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { UnconfirmedError } from "../../server/ledger/replication-barrier.ts";
import { Settler } from "../../server/vouchers/settler.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { toldOf } from "./scene.ts";
import { openStage, type Stage } from "./situations.ts";

const telling = suite("a settlement that has ended");

let hub: TestHub;
let stage: Stage;
telling.before(async () => {
  // It settles nothing by itself that a command of its own has not honoured.
  hub = await startHub({ settings: { SWEEP_INTERVAL: "60000" } });
  stage = await openStage(hub, "three parties", undefined);
});
telling.after(async () => {
  stage.close();
  await hub.close();
});

/** Settles a drawing that is committed; what the settler has told, and what replicas were asked for, in order. */
async function settle(hasReplica: (version: string) => boolean): Promise<string[]> {
  const { ledger } = hub.running;
  const voucherId = await stage.issue();
  await toldOf(stage.beneficiary, voucherId, "voucher.issued");
  const payload = { commandId: freshId(), voucherId, to: stage.to, amount: 40_000 };
  const payee = { code: "", currency: "CNY" } as const;
  await ledger.vouchers.execute("voucher:draw", stage.beneficiary, payload, payee);
  const happened: string[] = [];
  const settler = new Settler({
    ledger,
    broadcast: ({ told }) => void happened.push(`told ${told.length}`),
    confirm: async ({ version }) => {
      if (!hasReplica(String(version))) throw new UnconfirmedError("no replica has it");
      happened.push(`confirmed ${version}`);
    },
    fencePaid: async () => undefined,
    metrics: { happened: () => undefined },
    log: { warn: () => undefined } as never,
  });
  await settler.do(`${voucherId}.2`);
  assert.is((await ledger.settlements.find(`${voucherId}.2`))?.state, "settled");
  return happened;
}

telling("is told once replicas have it", async () => {
  assert.equal(await settle(() => true), ["confirmed 2", "confirmed 1", "confirmed 3", "told 3"]);
});

telling("is not told while they don't: a failover could still make it undone", async () => {
  assert.equal(await settle((version) => version !== "3"), ["confirmed 2", "confirmed 1"]);
});

telling.run();
