/** Whether a negotiation or a drawing costs more in a book that has grown: accounts, live vouchers, archived issuances. */
import { join } from "node:path";
import { removeFolder, temporaryFolder } from "../helpers/temporary-folder.ts";
import { measureWhole } from "./archive.ts";
import { Cohort, putAccounts } from "./cohort.ts";
import { drawAll, putPayees } from "./drawings.ts";
import { times, withLedger } from "./fill.ts";
import { filled } from "./fill-archive.ts";
import { bothMicros, inTurn, type Measured, type MeasuredHub, startMeasuredHub } from "./measure.ts";
import { type Row, rowOf } from "./report.ts";
import type { Size } from "./size.ts";

/** How many vouchers are issued together. */
const AT_ONCE = 10_000;
const BUDGET = 1.1;

/** With many accounts and live vouchers in the store. */
export async function benchGrowth({ pairs, grown: count, rounds, negotiations }: Size): Promise<Row[]> {
  const [small, grown] = [await startMeasuredHub({ pairs }), await startMeasuredHub({ pairs })];
  for (const each of [small, grown]) await putPayees(each, pairs);
  await fillStore(grown.redis.url, count);
  const more = `${count.toLocaleString("en")} accounts and live vouchers more`;
  const rows: Row[] = [];
  for (const [what, measure] of Object.entries({
    "one negotiation": (each: MeasuredHub) => each.measure(negotiations),
    "one drawing, paid out": (each: MeasuredHub) => drawAll(each, negotiations),
  })) {
    const found = await inTurn(rounds, { grown: () => measure(grown), small: () => measure(small) });
    rows.push(rowFor(`hub and store CPU for ${what}, with ${more}`, found));
  }
  await grown.stop();
  await small.stop();
  return rows;
}

/** With many issuances in the archive, which takes in what is negotiated. */
export async function benchGrownArchive(size: Size): Promise<Row[]> {
  const folder = temporaryFolder();
  const url = `file:${join(folder, "grown.db")}`;
  // Before any hub is up: its lines would not be answered while an index is built, and be closed.
  await (await filled(url, size.grownArchive)).close();
  const row = await compareArchives({ grown: url, small: `file:${join(folder, "small.db")}` }, size);
  await removeFolder(folder);
  return [row];
}

/** What a negotiation costs beside a grown archive and a small one. */
export async function compareArchives(
  urls: Record<"grown" | "small", string>,
  { pairs, grownArchive, rounds, negotiations }: Size,
): Promise<Row> {
  const start = (url: string) => startMeasuredHub({ pairs, environment: { ARCHIVE_URL: url } });
  const [small, grown] = [await start(urls.small), await start(urls.grown)];
  const found = await inTurn(rounds, {
    grown: () => measureWhole(grown, negotiations),
    small: () => measureWhole(small, negotiations),
  });
  for (const hub of [grown, small]) await hub.stop();
  const more = `${grownArchive.toLocaleString("en")} issuances more in it`;
  return rowFor(`hub, store and archive CPU for one negotiation, with ${more}`, found);
}

function rowFor(what: string, { grown, small }: Record<"grown" | "small", Measured[]>): Row {
  const against = { what: "none of them", values: small };
  return { ...rowOf(what, "µs", { values: grown, against, of: bothMicros }), budget: BUDGET };
}

async function fillStore(url: string, count: number): Promise<void> {
  await withLedger(url, async (ledger) => {
    const atOnce = Math.min(count, AT_ONCE);
    await putAccounts(ledger, atOnce);
    for (let done = 0; done < count; done += atOnce) {
      const cohort = new Cohort(ledger, `grown-${done}`, Math.min(atOnce, count - done));
      for (const step of ["request", "agree", "open", "submit", "accept"] as const) await cohort[step]();
    }
    const account = { holder: "Acme Ltd", kind: "funds", currency: "CNY", balance: 1 } as const;
    await times(count, (index) =>
      ledger.accounts.put({ party: `grown-${index % 50_000}`, number: `1${index}` }, account),
    );
  });
}
