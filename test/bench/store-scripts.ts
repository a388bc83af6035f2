/** What each Lua command alone costs the store. */
import { setTimeout as pause } from "node:timers/promises";
import type { Approval } from "@tallystick/protocol";
import type { Redis } from "ioredis";
import type { Ledger } from "../../server/ledger/ledger.ts";
import { startRedis } from "../helpers/redis.ts";
import { Cohort, putAccounts } from "./cohort.ts";
import { account } from "./connect-pairs.ts";
import { times, withLedger } from "./fill.ts";
import type { Row } from "./report.ts";
import type { Size } from "./size.ts";
import { readUse, type StoreUse } from "./store-info.ts";

const MOST_ROUNDS = 3;

/** Does something `count` times and notes what one time cost; without a name it is only done. */
type Do = (act: () => Promise<void>, name?: string) => Promise<void>;

/** Store CPU and bytes on the wire of one call of each. */
export async function benchScripts(size: Size): Promise<Row[]> {
  const found = new Map<string, StoreUse[]>();
  for (let round = 0; round < Math.min(MOST_ROUNDS, size.rounds); round++) {
    await walkOnce(size.negotiations, found);
  }
  const row = (name: string, rounds: StoreUse[], key: keyof StoreUse) => ({
    what: `store ${key === "bytes" ? "bytes on the wire" : "CPU"} of ${name}`,
    unit: key === "bytes" ? "B" : "µs",
    values: rounds.map((use) => use[key]),
  });
  return [...found].flatMap(([name, rounds]) => [row(name, rounds, "cpuMicros"), row(name, rounds, "bytes")]);
}

async function walkOnce(count: number, found: Map<string, StoreUse[]>): Promise<void> {
  const redis = await startRedis({ durable: true });
  const act = recorder(redis.client(), count, found);
  await withLedger(redis.url, async (ledger) => {
    // A script that the server does not know yet would be sent as text.
    await ledger.prepare();
    await putAccounts(ledger, count);
    const cohort = (name: string) => new Cohort(ledger, name, count);
    await walkStraight(act, cohort("straight"));
    await act(() => ledger.openIssuances.pruneEnded(), "leaving the issuer's index, many at once");
    await walkChanged(act, cohort("changed"));
    await walkShort(act, cohort("declined"), "decline");
    await walkShort(act, cohort("cancelled"), "cancel");
    await putAccounts(ledger, count, { role: "issuer", balance: 0 });
    await walkDrawn(act, cohort("drawn"));
    await walkApproved(act, cohort("approved"));
    await changeAccounts(act, ledger, count);
  });
  // Here a payer has no time at all to answer.
  await withLedger(redis.url, (ledger) => walkLate(act, new Cohort(ledger, "late", count)), {
    respondWithinMs: 1,
  });
  await redis.stop();
}

function recorder(client: Redis, count: number, found: Map<string, StoreUse[]>): Do {
  return async (act, name) => {
    const before = await readUse(client);
    await act();
    const after = await readUse(client);
    if (name === undefined) return;
    const cpuMicros = (after.cpuMicros - before.cpuMicros) / count;
    const bytes = (after.bytes - before.bytes) / count;
    found.set(name, [...(found.get(name) ?? []), { cpuMicros, bytes }]);
  };
}

async function walkStraight(act: Do, cohort: Cohort): Promise<void> {
  await act(() => cohort.request(), "payer:request, index and issuance");
  await act(() => cohort.agree(), "payer:agree");
  await act(() => cohort.open(), "issuance:open");
  await act(() => cohort.submit(), "account:submit, verified");
  await act(() => cohort.accept(), "issuance:accept, issued");
  await act(() => cohort.sync(), "issuance:sync, five events");
}

async function walkChanged(act: Do, cohort: Cohort): Promise<void> {
  await act(() => cohort.request());
  await act(() => cohort.agree());
  await act(() => cohort.open());
  await act(() => cohort.submitWrong(), "account:submit, refused");
  await act(() => cohort.submit());
  await act(() => cohort.change(), "account:change");
  await act(() => cohort.keep(), "account:keep");
  await act(() => cohort.change());
  await act(() => cohort.submit(), "account:submit after a change, issued");
}

/** What the account of each drawing is. */
const to = { number: account.number, holder: account.holder };

async function issue(act: Do, cohort: Cohort, approval?: Approval): Promise<void> {
  await act(() => cohort.request(approval));
  await act(() => cohort.agree());
  await act(() => cohort.open());
  await act(() => cohort.submit());
  await act(() => cohort.accept());
}

async function walkDrawn(act: Do, cohort: Cohort): Promise<void> {
  await issue(act, cohort);
  await act(() => cohort.voucher("voucher:accept", "issuer", {}), "voucher:accept");
  await act(() => cohort.voucher("voucher:draw", "issuer", { amount: 100, to }), "voucher:draw, honoured");
  await act(() => cohort.settle(3, "credit"), "a settlement read and credited");
  await act(() => cohort.settle(3, "close"), "a settlement read and closed");
  await act(() => cohort.syncVouchers(), "voucher:sync, four events");
  await act(() => cohort.voucher("voucher:release", "issuer", {}), "voucher:release");
}

async function walkApproved(act: Do, cohort: Cohort): Promise<void> {
  await issue(act, cohort, { by: "payer", within: 3600 });
  const draw = { amount: 100, to };
  await act(() => cohort.voucher("voucher:draw", "issuer", draw), "voucher:draw, presented");
  const refusal = { drawingId: "2", reason: "late" };
  await act(() => cohort.voucher("drawing:refuse", "payer", refusal), "drawing:refuse");
  await act(() => cohort.voucher("voucher:draw", "issuer", draw));
  await act(() => cohort.voucher("drawing:approve", "payer", { drawingId: "4" }), "drawing:approve");
}

async function walkShort(act: Do, cohort: Cohort, end: "decline" | "cancel"): Promise<void> {
  await act(() => cohort.request());
  await act(() => cohort[end](), end === "decline" ? "payer:decline" : "issuance:cancel");
}

async function walkLate(act: Do, cohort: Cohort): Promise<void> {
  await act(() => cohort.request());
  await pause(10);
  await act(() => cohort.expire(), "a deadline that has passed");
}

async function changeAccounts(act: Do, ledger: Ledger, count: number): Promise<void> {
  const { accounts } = ledger;
  const name = (index: number) => ({ party: `party-${index}`, number: account.number });
  const body = { holder: account.holder, kind: "funds", currency: "CNY", balance: 1000 } as const;
  await act(() => times(count, (index) => accounts.put(name(index), body)), "PUT of a new account");
  const adjustment = { amount: 1, reference: "invoice-2026-1184" };
  await act(() => times(count, (index) => accounts.adjust(name(index), adjustment)), "an adjustment");
  await act(() => times(count, (index) => accounts.setStatus(name(index), "blocked")), "blocking an account");
}
