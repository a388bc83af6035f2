/** The order in which a settler ends a settlement: replicas first, and a fence before what it is about is closed. */
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { NO_ARCHIVE } from "../../server/archive/archive.ts";
import { marksKey } from "../../server/ledger/keys.ts";
import { UnconfirmedError } from "../../server/ledger/replication-barrier.ts";
import type { FoundSettlement } from "../../server/ledger/settlements.ts";
import { Settler, type SettlerOptions } from "../../server/vouchers/settler.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { rememberStore } from "../helpers/rewind.ts";
import { payApart, toldOf } from "./scene.ts";
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

/** A drawing that is committed, and that nobody settles. */
async function draw(on?: string, amount = 40_000): Promise<FoundSettlement> {
  const { ledger } = hub.running;
  const voucherId = on ?? (await stage.issue());
  if (on === undefined) await toldOf(stage.beneficiary, voucherId, "voucher.issued");
  const payload = { commandId: freshId(), voucherId, to: stage.to, amount };
  const payee = { code: "", currency: "CNY" } as const;
  await ledger.vouchers.execute("voucher:draw", stage.beneficiary, payload, payee);
  return (await ledger.settlements.find(`${voucherId}.2`)) as FoundSettlement;
}

function settlerWith(
  options: Partial<SettlerOptions> & Pick<SettlerOptions, "broadcast" | "barrier">,
): Settler {
  return new Settler({
    ledger: hub.running.ledger,
    archive: NO_ARCHIVE,
    fencePaid: async () => undefined,
    metrics: { happened: () => undefined },
    log: { warn: () => undefined } as never,
    ...options,
  });
}

/** Settles a drawing; what the settler has told, and what replicas were asked for, in order. */
async function settle(hasReplica: (version: string) => boolean): Promise<string[]> {
  const { settlementId } = await draw();
  const happened: string[] = [];
  const settler = settlerWith({
    broadcast: ({ told }) => void happened.push(`told ${told.length}`),
    barrier: {
      confirm: async ({ version }) => {
        if (!hasReplica(String(version))) throw new UnconfirmedError("no replica has it");
        happened.push(`confirmed ${version}`);
      },
      confirmUpTo: async ({ entry }) => void happened.push(`confirmed ${entry}`),
    },
  });
  await settler.do(settlementId);
  assert.is((await hub.running.ledger.settlements.find(settlementId))?.state, "settled");
  return happened;
}

telling("is told once replicas have it", async () => {
  assert.equal(await settle(() => true), ["confirmed 2", "confirmed 1", "confirmed 3", "told 3"]);
});

telling("is not told while they don't: a failover could still make it undone", async () => {
  assert.equal(await settle((version) => version !== "3"), ["confirmed 2", "confirmed 1"]);
});

telling("is closed only after its voucher is fenced, where it was paid for another past", async () => {
  const { settlements } = hub.running.ledger;
  const settlement = await draw();
  const { settlementId, digest } = settlement;
  await payApart(hub, { ...settlement, digest: "0123456789ab" });
  const asked: string[] = [];
  let isAway = true;
  const settler = settlerWith({
    broadcast: () => undefined,
    barrier: undefined,
    fencePaid: async (...paid) => {
      if (isAway) throw new Error("the hub is gone");
      asked.push(...paid);
    },
  });
  await settler.do(settlementId);
  assert.is((await settlements.find(settlementId))?.state, "open");
  isAway = false;
  await settler.do(settlementId);
  assert.equal(asked, [settlementId, digest]);
  const { state, note } = (await settlements.find(settlementId)) as FoundSettlement;
  assert.equal([state, note], ["failed", "conflict"]);
});

telling("is not paid when the store has lost its drawing meanwhile", async () => {
  const { store, ledger } = hub.running;
  const { beneficiary, to } = stage;
  const voucherId = await stage.issue();
  await toldOf(beneficiary, voucherId, "voucher.issued");
  const rewind = await rememberStore(store as Redis);
  const lost = await draw(voucherId);
  await rewind();
  const marks = marksKey(ledger.partitionOf(beneficiary.party), lost.settlementId);
  const held = await hub.running.accounts.get({ party: beneficiary.party, number: to.number });
  assert.is((await ledger.settlements.credit(lost)).kind, "away");
  assert.equal(await (store as Redis).hgetall(marks), {});
  assert.equal(await hub.running.accounts.get({ party: beneficiary.party, number: to.number }), held);
  // Nor for another drawing than the one that there is now.
  const other = await draw(voucherId, 30_000);
  assert.is((await ledger.settlements.credit({ ...other, digest: lost.digest })).kind, "away");
  assert.is((await ledger.settlements.credit({ ...other, amount: lost.amount })).kind, "away");
  assert.is((await ledger.settlements.credit(other)).kind, "done");
});

telling("fences its voucher when its drawing was lost after it was paid", async () => {
  const { store } = hub.running;
  const voucherId = await stage.issue();
  await toldOf(stage.beneficiary, voucherId, "voucher.issued");
  const rewind = await rememberStore(store as Redis);
  const { settlementId, digest } = await draw(voucherId);
  const asked: string[] = [];
  let confirmed = 0;
  const settler = settlerWith({
    broadcast: () => undefined,
    barrier: {
      // What was paid is confirmed after it; then the store goes back.
      confirm: async () => {
        confirmed += 1;
        if (confirmed === 2) await rewind();
      },
      confirmUpTo: async () => undefined,
    },
    fencePaid: async (...paid) => void asked.push(...paid),
  });
  await settler.do(settlementId);
  assert.equal(asked, [settlementId, digest]);
});

telling.run();
