/** Whether a negotiation costs more when the book is full, or much of it is one party's. */

import { addAccounts, openDirectly } from "./fill.ts";
import { bothMicros, type HubOptions, inTurn, type MeasuredHub, startMeasuredHub } from "./measure.ts";
import type { Row } from "./report.ts";
import type { Size } from "./size.ts";

/** How many negotiate at once with the one party that has much. */
const WITH_ONE_PARTY = 8;

/** With many issuances of other parties open. */
export async function benchBusyBook(size: Size): Promise<Row[]> {
  const [few = 0, ...more] = size.openIssuances;
  const start = async (open: number) => filled({ pairs: size.pairs }, (url) => openDirectly(url, open));
  const base = await start(few);
  const rows: Row[] = [];
  for (const open of more) {
    const full = await start(open);
    rows.push(
      await compare(size, {
        full,
        base,
        what: `${counted(open)} others open`,
        against: `${few} others open`,
      }),
    );
    await full.stop();
  }
  await base.stop();
  return rows;
}

/** With many accounts of the payer. */
export async function benchAccounts(size: Size): Promise<Row[]> {
  const [few, many] = size.accounts;
  // One account is the one that it pays with.
  const start = (accounts: number) =>
    filled({ pairs: WITH_ONE_PARTY, payers: 1 }, (url) => addAccounts(url, "payer-0", accounts - 1));
  const [base, full] = await Promise.all([start(few), start(many)]);
  const row = await compare(size, {
    full,
    base,
    what: `the payer has ${counted(many)} accounts`,
    against: `${few} accounts`,
  });
  await full.stop();
  await base.stop();
  return [row];
}

/** With many open issuances of the payer, or of the issuer. */
export async function benchParty(size: Size): Promise<Row[]> {
  const [few, many] = size.openOfOneParty;
  const rows: Row[] = [];
  for (const role of ["payer", "issuer"] as const) {
    const start = (open: number) =>
      filled({ pairs: WITH_ONE_PARTY, [`${role}s`]: 1 }, (url) =>
        openDirectly(url, open, { [role]: `${role}-0` }),
      );
    const [base, full] = await Promise.all([start(few), start(many)]);
    const what = `the ${role} has ${counted(many)} open`;
    rows.push(await compare(size, { full, base, what, against: `${few} open` }));
    await full.stop();
    await base.stop();
  }
  return rows;
}

async function filled(options: HubOptions, fill: (url: string) => Promise<void>): Promise<MeasuredHub> {
  const measured = await startMeasuredHub(options);
  await fill(measured.redis.url);
  return measured;
}

interface Comparison {
  full: MeasuredHub;
  base: MeasuredHub;
  what: string;
  against: string;
}

async function compare(size: Size, { full, base, what, against }: Comparison): Promise<Row> {
  // Both processes' CPU: what a full book costs shows in the store as well.
  const cost = (measured: MeasuredHub) => async () => bothMicros(await measured.measure(size.negotiations));
  const found = await inTurn(size.rounds, { full: cost(full), base: cost(base) });
  return {
    what: `hub and store CPU for one negotiation, ${what}`,
    unit: "µs",
    values: found.full,
    against: { what: against, values: found.base },
    budget: 1.05,
  };
}

const counted = (count: number) => count.toLocaleString("en");
