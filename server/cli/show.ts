/** `tallystick show ID`: an issuance or a voucher as it stands, and who did what when. */
import {
  type Drawing,
  type IssuanceEvent,
  IssuanceId,
  type Snapshot,
  type VoucherEvent,
  VoucherId,
  type VoucherSnapshot,
} from "@tallystick/protocol";
import type { Command } from "commander";
import type { AsksArchive } from "../archive/archive.ts";
import { RetiredIssuances } from "../issuances/retired-issuances.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { RetiredVouchers } from "../vouchers/retired-vouchers.ts";
import { alignColumns } from "./align.ts";
import { eventDetails, glimpse, money, quoted, time, voucherEventDetails } from "./event-details.ts";
import { withLedger } from "./with-ledger.ts";

/** Adds the command to the program. */
export function addShowCommand(program: Command): void {
  program
    .command("show <id>")
    .description("an issuance or a voucher, and all its events: who did what when")
    .option("--json", "print JSON")
    .action(async (id: string, options: { json?: boolean }) => {
      const isVoucher = VoucherId.safeParse(id).success;
      if (!isVoucher && !IssuanceId.safeParse(id).success)
        throw new Error(`${id} is not the id of an issuance or a voucher`);
      await withLedger((ledger, _settings, archive) =>
        (isVoucher ? showVoucher : showIssuance)({ ledger, archive }, id, options),
      );
    });
}

interface ShowOptions {
  json?: boolean;
}

/** The book, and what has left its store. */
interface Shown {
  ledger: Ledger;
  archive: AsksArchive;
}

async function showIssuance(
  { ledger, archive }: Shown,
  id: string,
  { json = false }: ShowOptions,
): Promise<void> {
  const stored = await ledger.read(id, { after: 0 });
  const isElsewhere = stored.kind === "not_found";
  const retired = new RetiredIssuances(archive, ledger);
  const reading = isElsewhere ? await retired.read(id, { after: 0 }) : stored;
  if (reading?.kind !== "found") throw new Error(`there is no issuance ${id}`);
  const { snapshot: issuance, events } = reading;
  const due = "due" in reading && reading.due;
  if (json) {
    console.log(JSON.stringify({ issuance, events }));
    return;
  }
  const { state, version, account, voucher } = issuance;
  printFacts([
    ["issuance", id],
    ["state", `${state}, version ${version}`],
    ...terms(issuance),
    ["account", account && glimpse(account)],
    ["voucher", voucher?.voucherId],
    ["deadline", issuance.deadline && time(issuance.deadline)],
    ["fence", await fenceOf(ledger, id)],
    ["kept", isElsewhere ? "in the archive: it has left the store" : undefined],
    ["due", due ? "its deadline has passed; a hub writes so with its next round" : undefined],
  ]);
  printEvents(events, issuance, eventDetails);
}

/** @throws Error when there is none. */
export async function showVoucher(
  { ledger, archive }: Shown,
  id: string,
  { json = false }: ShowOptions,
): Promise<void> {
  const stored = await ledger.vouchers.read(id);
  const isElsewhere = stored.kind === "not_found";
  const reading = isElsewhere ? await new RetiredVouchers(archive).read(id, {}) : stored;
  if (reading?.kind !== "found") throw new Error(`there is no voucher ${id}`);
  const { snapshot: voucher, events, due } = reading;
  if (json) {
    console.log(JSON.stringify({ voucher, events }));
    return;
  }
  const { state, version, currency, account, approval } = voucher;
  const sum = (amount: number) => money(amount, currency);
  printFacts([
    ["voucher", id],
    ["state", `${state}, version ${version}`],
    ...terms(voucher),
    ["honoured", sum(voucher.honoured)],
    ["released", sum(voucher.released)],
    ["waits", sum(voucher.pending)],
    ["remains", sum(voucher.remaining)],
    ["account", account && glimpse(account)],
    ["approval", approval && `by the ${approval.by} within ${approval.within} s; silence honours`],
    ["expires", time(voucher.expiresAt)],
    ["fence", await fenceOf(ledger, id)],
    ["kept", isElsewhere ? "in the archive: it has left the store" : undefined],
    ["due", due ? "time has brought something about; a hub writes so with its next round" : undefined],
  ]);
  printDrawings(voucher);
  printEvents(events, voucher, (event) => voucherEventDetails(event, currency));
}

type Fact = [name: string, text: string | number | undefined];

function terms(of: Snapshot | VoucherSnapshot): Fact[] {
  const { issuer, payer, beneficiary, amount, currency, memo } = of;
  return [
    ["issuer", issuer],
    ["payer", payer],
    ["beneficiary", beneficiary],
    ["amount", money(amount, currency)],
    ["memo", memo && quoted(memo)],
  ];
}

async function fenceOf(ledger: Ledger, id: string): Promise<string | undefined> {
  const fence = await ledger.fences.find(id);
  return fence && `it waits for you since ${time(fence.at)}: ${fence.by} has shown version ${fence.version}`;
}

function printFacts(facts: readonly Fact[]): void {
  const rows = facts.filter(([, text]) => text !== undefined).map(([name, text]) => [name, String(text)]);
  for (const line of alignColumns(rows)) console.log(line);
}

function printDrawings({ drawings, currency }: VoucherSnapshot): void {
  if (drawings.length === 0) return;
  const header = ["drawing", "amount", "to", "state", "payment", "when"];
  const row = ({ drawingId, amount, to, state, final, settlement, at }: Drawing) => [
    drawingId,
    money(amount, currency),
    to ? `…${to.last4}` : "",
    final ? `${state}, final` : state,
    settlement ?? "",
    time(at),
  ];
  console.log("");
  for (const line of alignColumns([header, ...drawings.map(row)], { right: [0, 1] })) console.log(line);
}

/** A line for each event: when, who, what. */
function printEvents<E extends IssuanceEvent | VoucherEvent>(
  events: readonly E[],
  parties: { issuer: string; payer: string; beneficiary?: string | undefined },
  details: (event: E) => string,
): void {
  const who = ({ by }: E) => (by === "hub" || by === "operator" ? by : `${by} ${parties[by]}`);
  const rows = events.map((event) => [
    time(event.at),
    String(event.version),
    who(event),
    event.type,
    details(event),
  ]);
  console.log("");
  for (const line of alignColumns([["when", "version", "who", "what", ""], ...rows], { right: [1] }))
    console.log(line);
}
