/** `tallystick settlements …`: what pays drawings out, and what operators do where it could not. */
import {
  AccountNumber,
  LISTED_STATES,
  type ListedState,
  Party,
  Reference,
  Settlement,
  type SettlementDecide,
  SettlementId,
} from "@tallystick/protocol";
import { type Command, Option } from "commander";
import { type AsksArchive, NO_ARCHIVE } from "../archive/archive.ts";
import { TOO_MUCH } from "../ledger/accounts.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { Settlements } from "../vouchers/settlements.ts";
import { alignColumns } from "./align.ts";
import { isOutputClosed } from "./closed-output.ts";
import { type DecideOptions, decide, withHubOptions } from "./decide.ts";
import { money, time } from "./event-details.ts";
import { partyOption, readAs } from "./parsed-by.ts";
import { tellUnread } from "./unread.ts";
import { withLedger } from "./with-ledger.ts";

/** Adds the commands on settlements to the program. */
export function addSettlementCommands(program: Command): void {
  const settlements = program
    .command("settlements")
    .description("see drawings that are not paid out, and decide about those that could not be");
  settlements
    .command("list")
    .description("those that could not be paid, the oldest first")
    .option("--json", "print JSON lines")
    .addOption(partyOption("only those that this party is to be paid"))
    .addOption(
      new Option("--state <state>", "those that wait to be paid, or that could not be")
        .choices([...LISTED_STATES])
        .default("failed"),
    )
    .action((options: ListOptions) => withLedger((ledger) => list(ledger, options)));
  withHubOptions(
    settlements
      .command("redirect")
      .argument("<settlement>", "", readAs(SettlementId))
      .argument("<party>", "", readAs(Party))
      .argument("<number>", "", readAs(AccountNumber))
      .description("pay one that failed into another account"),
  ).action((id: string, party: string, number: string, options: DecideOptions) =>
    resolve(id, { redirect: { party, number } }, options),
  );
  withHubOptions(
    settlements
      .command("close")
      .argument("<settlement>", "", readAs(SettlementId))
      .description("say that one was paid outside")
      .requiredOption("--reference <text>", "under which it was paid", readAs(Reference))
      .option("--failed", "it could not be paid, where SETTLE=external"),
  ).action((id: string, { reference, failed, ...options }: CloseOptions) =>
    resolve(id, { state: failed ? "failed" : "settled", reference }, options),
  );
}

interface ListOptions {
  json?: boolean;
  party?: string;
  state: ListedState;
}

type CloseOptions = DecideOptions & { reference: string; failed?: boolean };

/** How many are read and aligned at once. */
const PAGE = 200;
const HEADER = ["settlement", "state", "amount", "to", "account", "attempt", "reason", "since"];

async function list(ledger: Ledger, { json = false, party, state }: ListOptions): Promise<void> {
  const settlements = inBook(ledger, NO_ARCHIVE);
  let isEmpty = true;
  let unread = 0;
  let after: string | undefined;
  do {
    const page = await settlements.list({ state, after, limit: PAGE });
    const wanted = page.settlements.filter(({ to }) => party === undefined || to.party === party);
    const header = isEmpty ? [HEADER] : [];
    if (json) for (const settlement of wanted) console.log(JSON.stringify(settlement));
    else if (wanted.length > 0)
      for (const line of alignColumns([...header, ...wanted.map(row)], { right: [2, 5] })) console.log(line);
    isEmpty &&= wanted.length === 0;
    unread = Math.max(unread, page.degraded ?? 0);
    after = page.next;
  } while (after !== undefined && !isOutputClosed());
  if (unread > 0) tellUnread(unread);
  else if (isEmpty && !json) console.log(`No settlement ${state === "open" ? "is open" : "has failed"}.`);
}

function row({ settlementId, state, amount, currency, to, attempt, reason = "", at }: Settlement): string[] {
  const since = at === undefined ? "" : time(at);
  return [settlementId, state, money(amount, currency), to.party, to.number, String(attempt), reason, since];
}

async function resolve(id: string, body: SettlementDecide, options: DecideOptions): Promise<void> {
  const decided = await decide<Settlement>(
    {
      path: `/v1/settlements/${id}`,
      body,
      read: (answer) => Settlement.parse(answer),
      inBook: async (ledger, archive) => {
        const done = await inBook(ledger, archive).decide(id, body);
        return done.kind === "done" ? { kind: "done", value: done.settlement } : done;
      },
    },
    options,
  );
  if (decided.kind === "done") {
    const { state, attempt, amount, currency, to } = decided.value;
    const where = `${money(amount, currency)} to ${to.party} ${to.number}`;
    console.log(`${id} is ${state}: ${where}, attempt ${attempt}.`);
    return;
  }
  const { code, details } = decided;
  if (code === "not_found") throw new Error(`there is no settlement ${id}`);
  if (code === "invalid_request") throw new Error(TOO_MUCH);
  const why = "redirect" in body ? WHY_NOT.redirect : WHY_NOT.report;
  throw new Error(`${id} is ${details?.state ?? code}: ${why}`);
}

const WHY_NOT = {
  redirect:
    "only one that failed in the book, and was not paid for another past, can be sent to another account",
  report: "only one that failed, or that is paid outside and still open, can be reported",
} as const;

/** In the book alone nobody is told, and nothing is paid: what is to be done stays in the queue, for a hub. */
function inBook(ledger: Ledger, archive: AsksArchive): Settlements {
  const settler = { do: async () => undefined, announce: () => undefined };
  return new Settlements({ ledger, settler, archive, barrier: undefined });
}
