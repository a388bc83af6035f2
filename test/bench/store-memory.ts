/** What an issuance takes in the store's memory, from its first state to its end. */
import { startRedis } from "../helpers/redis.ts";
import { Cohort, putAccounts } from "./cohort.ts";
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
  return rows;
}
