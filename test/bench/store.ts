/** What an issuance takes in the store's memory, and what each command costs there. */

import { Accounts } from "../../server/ledger/accounts.ts";
import type { Ledger } from "../../server/ledger/ledger.ts";
import type { Outcome } from "../../server/ledger/outcome.ts";
import type { Store } from "../../server/redis/connect.ts";
import { startRedis } from "../helpers/redis.ts";
import type { Size } from "./benches.ts";
import { times, withLedger } from "./fill.ts";
import type { Row } from "./report.ts";

const ISSUANCES_PER_PARTY = 10;
const account = { number: "6222020200112233", holder: "Acme Ltd" };
const issuer = (index: number) => ({ party: `issuer-${Math.floor(index / ISSUANCES_PER_PARTY)}` });
const payer = (index: number) => ({ party: `payer-${Math.floor(index / ISSUANCES_PER_PARTY)}` });

/** The steps of a straight negotiation, each for all issuances before the next begins. */
function steps(ledger: Ledger, ids: string[]): [command: string, act: (index: number) => Promise<Outcome>][] {
  const on = (index: number, step: string) => ({
    commandId: `${step}-${index}`,
    issuanceId: ids[index] ?? "",
  });
  const request = async (index: number) => {
    const offer = {
      payer: payer(index).party,
      amount: 12_500_000,
      currency: "CNY",
      memo: "Invoice 2026-1184",
    };
    const outcome = await ledger.requestPayer(issuer(index), {
      commandId: `request-with-an-id-${index}`,
      ...offer,
    });
    if (outcome.kind === "done") ids[index] = outcome.snapshot.issuanceId;
    return outcome;
  };
  return [
    ["payer:request", request],
    ["payer:agree", (index) => ledger.execute("payer:agree", payer(index), on(index, "agree"))],
    ["issuance:open", (index) => ledger.execute("issuance:open", issuer(index), on(index, "open"))],
    [
      "account:submit",
      (index) => ledger.execute("account:submit", payer(index), { ...on(index, "submit"), account }),
    ],
    ["issuance:accept", (index) => ledger.execute("issuance:accept", issuer(index), on(index, "accept"))],
  ];
}

/** Walks all issuances through a negotiation; `after` is told after each step. */
async function walk(count: number, after: (command: string, store: Store) => Promise<void>): Promise<void> {
  const redis = await startRedis({ durable: true });
  await withLedger(redis.url, async (ledger, store) => {
    const accounts = new Accounts(ledger);
    const body = { holder: account.holder, kind: "funds", currency: "CNY", balance: 9e15 } as const;
    await times(Math.ceil(count / ISSUANCES_PER_PARTY), (index) =>
      accounts.put({ party: `payer-${index}`, number: account.number }, body),
    );
    await after("", store);
    const ids: string[] = [];
    for (const [command, act] of steps(ledger, ids)) {
      await times(count, async (index) => {
        const outcome = await act(index);
        if (outcome.kind !== "done") throw new Error(`${command} was refused: ${outcome.code}`);
      });
      await after(command, store);
    }
  });
  await redis.stop();
}

async function info(store: Store, section: string, field: string): Promise<number> {
  const text = await (store as unknown as { info(section: string): Promise<string> }).info(section);
  return Number(new RegExp(`^${field}[:=](\\d+)`, "m").exec(text)?.[1]);
}

/** Store memory of one issuance in each state, indexes and journal included. */
export async function benchStoreMemory(size: Size): Promise<Row[]> {
  const count = size.negotiations * 2;
  const used: [string, number][] = [];
  await walk(count, async (command, store) => {
    used.push([command, await info(store, "memory", "used_memory")]);
  });
  const [[, empty] = ["", 0], ...states] = used;
  return states.map(([command, memory]) => ({
    what: `store memory of an issuance after ${command}`,
    unit: "B",
    values: [(memory - empty) / count],
    ...(command !== "issuance:accept" && { budget: 2048 }),
  }));
}

/** Store CPU and bytes of each command alone. */
export async function benchScripts(size: Size): Promise<Row[]> {
  const count = size.negotiations;
  const rows: Row[] = [];
  let before = { cpu: 0, input: 0, output: 0 };
  await walk(count, async (command, store) => {
    const text = await (store as unknown as { info(section: string): Promise<string> }).info("commandstats");
    const now = {
      cpu: Number(/^cmdstat_evalsha:.*?usec=(\d+)/m.exec(text)?.[1] ?? 0),
      input: await info(store, "stats", "total_net_input_bytes"),
      output: await info(store, "stats", "total_net_output_bytes"),
    };
    if (command !== "") {
      const each = (value: number) => [value / count];
      rows.push({ what: `store CPU of ${command}`, unit: "µs", values: each(now.cpu - before.cpu) });
      rows.push({
        what: `bytes on the wire of ${command}`,
        unit: "B",
        values: each(now.input - before.input + now.output - before.output),
      });
    }
    before = now;
  });
  return rows;
}
