/** Issuances and vouchers that have come to their ends, and all that everybody can ask about them. */
import { setTimeout as sleep } from "node:timers/promises";
import { issuanceIdOf, isVoucherId, type VoucherListAck } from "@tallystick/protocol";
import * as assert from "uvu/assert";
import { issuanceKeys, retiredKey, voucherKey } from "../../server/ledger/keys.ts";
import type { TestHub } from "../helpers/hub.ts";
import { freshId, type RawTerminal } from "../helpers/raw-terminal.ts";
import { call } from "../http/client.ts";
import { accepted, openVoucherScene, snapshotOf, type VoucherScene } from "../vouchers/scene.ts";

const PATIENCE_MS = 60_000;

/** Waits until what has this id, and what belongs to it, has left the store. */
export async function left(hub: TestHub, id: string): Promise<void> {
  const { store } = hub.running;
  const issuanceId = isVoucherId(id) ? issuanceIdOf(id) : id;
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const [issuance] = issuanceKeys(issuanceId);
    const there = (await store.exists(issuance)) + (await store.exists(voucherKey(issuanceId)));
    if (there === 0 && (await store.exists(retiredKey(issuanceId))) === 1) return;
    if (performance.now() > until) throw new Error(`${id} stays in the store`);
    await sleep(50);
  }
}

export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error("it did not come");
    await sleep(20);
  }
}

/** A command as it was sent, to be sent once more. */
type Sent = [terminal: RawTerminal, name: string, payload: object];

export interface Ended {
  scene: VoucherScene;
  /** Declined by its payer. */
  declined: string;
  /** Drawn in full, in two parts, and paid. */
  honoured: string;
  /** Voided by an operator. */
  voided: string;
  sent: Sent[];
}

const VOID = { reason: "a mistake", reference: "void-1" };

/** Brings issuances and vouchers to their ends. */
export async function endAll(hub: TestHub): Promise<Ended> {
  const scene = await openVoucherScene(hub);
  const { issuer, payer, beneficiary, to } = scene;
  const sent: Sent[] = [];
  const offer = { commandId: freshId(), payer: payer.party, amount: 5, currency: "CNY", memo: "Rent, May" };
  sent.push([issuer, "payer:request", offer]);
  const declined = (await issuer.accepted("payer:request", offer)).issuance.issuanceId;
  const no = { commandId: freshId(), issuanceId: declined, reason: "not mine" };
  sent.push([payer, "payer:decline", no]);
  await payer.accepted("payer:decline", no);
  const [honoured, voided] = [await scene.issue({ memo: "Invoice 7" }), await scene.issue()];
  for (const amount of [40_000, undefined]) {
    const draw = { commandId: freshId(), voucherId: honoured, to, ...(amount && { amount }) };
    sent.push([beneficiary, "voucher:draw", draw]);
    await accepted(beneficiary, "voucher:draw", honoured, draw);
  }
  assert.is((await voidOf(hub, voided)).status, 200);
  await until(async () => {
    const { drawings } = await snapshotOf(beneficiary, honoured);
    return drawings.every(({ settlement }) => settlement === "settled");
  });
  // The indexes of other partitions come to know of an end with a round of the hub's.
  for (const terminal of [issuer, payer, beneficiary]) {
    for (const state of ["honoured", "voided"])
      await until(async () => {
        const page = (await terminal.send("voucher:list", { state })) as VoucherListAck;
        return page.ok && page.vouchers.length === 1;
      });
  }
  return { scene, declined, honoured, voided, sent };
}

async function voidOf(hub: TestHub, voucherId: string, body: object = VOID) {
  return call(hub, "POST", `/v1/vouchers/${voucherId}/void`, {
    token: await hub.token("operator", { operator: true }),
    body,
  });
}

/** What everybody is answered about these, whatever can be asked. */
export async function askAll(
  hub: TestHub,
  { scene, declined, honoured, voided, sent }: Ended,
  outsider: RawTerminal,
) {
  const { issuer, payer, beneficiary } = scene;
  const answers: Record<string, unknown> = {};
  const ask = async (title: string, answer: Promise<unknown>) => {
    answers[title] = await answer;
  };
  const issuanceId = issuanceIdOf(honoured);
  for (const terminal of [issuer, payer, beneficiary, outsider]) {
    const { party } = terminal;
    for (const id of [declined, issuanceId])
      for (const after of [0, 1])
        await ask(
          `${party} syncs ${id} after ${after}`,
          terminal.send("issuance:sync", { issuanceId: id, after }),
        );
    for (const voucherId of [honoured, voided])
      await ask(`${party} syncs ${voucherId}`, terminal.send("voucher:sync", { voucherId, after: 1 }));
    const token = await hub.token(party);
    for (const path of [`issuances/${declined}`, `vouchers/${honoured}`, `vouchers/${honoured}/document`])
      await ask(`${party} gets ${path}`, told(call(hub, "GET", `/v1/${path}`, { token })));
    const cancel = { commandId: `new-${party}`, issuanceId };
    await ask(`${party} cancels`, terminal.send("issuance:cancel", cancel));
    await ask(`${party} agrees`, terminal.send("payer:agree", { ...cancel, issuanceId: declined }));
    for (const name of ["voucher:accept", "voucher:withdraw"])
      await ask(`${party}: ${name}`, terminal.send(name, { commandId: `new-${party}`, voucherId: honoured }));
    for (const state of ["honoured", "voided"])
      await ask(`${party} lists ${state}`, terminal.send("voucher:list", { state }));
    await ask(`${party} watches`, terminal.send("presence:watch", { issuanceId }));
  }
  for (const [index, [terminal, name, payload]] of sent.entries()) {
    await ask(`${index} again: ${name}`, terminal.send(name, payload));
    const other = { ...payload, ...("reason" in payload ? { reason: "?" } : { amount: 77 }) };
    await ask(`${index} otherwise: ${name}`, terminal.send(name, other));
  }
  const token = await hub.token("operator", { operator: true });
  await ask("void again", told(voidOf(hub, voided)));
  await ask("void anew", told(voidOf(hub, voided, { ...VOID, reference: "void-2" })));
  await ask("void otherwise", told(voidOf(hub, voided, { ...VOID, reason: "?" })));
  for (const path of [`settlements/${honoured}.2`, `issuances/${issuanceId}`, `vouchers/${voided}`])
    await ask(`an operator gets ${path}`, told(call(hub, "GET", `/v1/${path}`, { token })));
  const redirect = { redirect: { party: "x", number: "1" } };
  await ask("redirect", told(call(hub, "POST", `/v1/settlements/${honoured}.2`, { token, body: redirect })));
  return answers;
}

async function told(response: ReturnType<typeof call>) {
  const { status, text } = await response;
  return { status, text };
}
