/** What an issuance takes in the store's memory, from its first state to its end. */
import { MAX_DRAWINGS } from "@tallystick/protocol";
import { startRedis } from "../helpers/redis.ts";
import { Cohort, putAccounts } from "./cohort.ts";
import { account } from "./connect-pairs.ts";
import { withLedger } from "./fill.ts";
import type { Row } from "./report.ts";
import type { Size } from "./size.ts";
import { readInfo } from "./store-info.ts";

/** While it is open an issuance may take this much, bytes. */
const BUDGET = 2048;
const STEPS = [
  ["payer:request", "request", "proposed"],
  ["payer:agree", "agree", "agreed"],
  ["issuance:open", "open", "opened"],
  ["account:submit", "submit", "verified"],
  ["issuance:accept", "accept", "finished: issued, with freeze and voucher"],
] as const;

/** Indexes, journal and stored answers included. */
export async function benchStoreMemory(size: Size): Promise<Row[]> {
  const count = size.negotiations * 2;
  const redis = await startRedis({ durable: true });
  const client = redis.client();
  const used = () => readInfo(client, "memory", /^used_memory:(\d+)/m);
  const rows: Row[] = [];
  await withLedger(redis.url, async (ledger) => {
    await putAccounts(ledger, count);
    const empty = await used();
    const cohort = new Cohort(ledger, "straight", count);
    for (const [command, step, state] of STEPS) {
      await cohort[step]();
      const bytes = ((await used()) - empty) / count;
      const budget = command === "issuance:accept" ? {} : { budget: BUDGET };
      rows.push({ what: `store memory of an issuance, ${state}`, unit: "B", values: [bytes], ...budget });
    }
  });
  await redis.stop();
  return [...rows, ...(await vouchersMemory(Math.ceil(count / 10)))];
}

/** A live voucher, with its issuance, its freeze and the journal of both, by how many drawings were paid out. */
async function vouchersMemory(count: number): Promise<Row[]> {
  const redis = await startRedis({ durable: true });
  const client = redis.client();
  const used = () => readInfo(client, "memory", /^used_memory:(\d+)/m);
  const rows: Row[] = [];
  await withLedger(redis.url, async (ledger) => {
    await putAccounts(ledger, count);
    await putAccounts(ledger, count, { role: "issuer", balance: 0 });
    const empty = await used();
    const cohort = new Cohort(ledger, "drawn", count);
    for (const [, step] of STEPS) await cohort[step]();
    const note = async (drawings: string) => {
      const bytes = ((await used()) - empty) / count;
      rows.push({ what: `store memory of a live voucher, ${drawings}`, unit: "B", values: [bytes] });
    };
    await note("not drawn on");
    const to = { number: account.number, holder: account.holder };
    for (let drawing = 0; drawing < MAX_DRAWINGS; drawing++) {
      await cohort.voucher("voucher:draw", "issuer", { amount: 100, to });
      const version = 2 + 2 * drawing;
      await cohort.settle(version, "credit");
      await cohort.settle(version, "close");
      if (drawing === 0) await note("one drawing paid out");
    }
    await note(`${MAX_DRAWINGS} drawings paid out`);
  });
  await redis.stop();
  return rows;
}
