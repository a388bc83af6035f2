/** What operators see of the book's history, from its archive, whether or not a hub is up. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  AccountNumber,
  type IssuancePageQuery,
  Party,
  type Snapshot,
  STATES,
  type State,
} from "@tallystick/protocol";
import { type Command, Option } from "commander";
import { type ArchivedJournals, openArchivedJournals } from "../archive/source.ts";
import type { History } from "../history/history.ts";
import { statementCsv } from "../history/statement-csv.ts";
import { alignColumns } from "./align.ts";
import { isOutputClosed } from "./closed-output.ts";
import { money, quoted, time } from "./event-details.ts";
import { partyOption, readAs } from "./parsed-by.ts";
import { archiveUrl, withHistory } from "./with-history.ts";

/** How much is asked for at once. */
const PAGE = 200;
/** How often a journal that is followed is looked at, milliseconds. */
const FOLLOW_EVERY_MS = 500;
export const OPERATOR = { party: "", operator: true };

/** Adds the commands on history to the program; `accounts` is the group of those on accounts. */
export function addHistoryCommands(program: Command, accounts: Command): void {
  const issuances = program.command("issuances").description("find issuances, also those that have ended");
  issuances
    .command("list")
    .description("the newest first; of all parties or of one")
    .option("--json", "print JSON lines")
    .addOption(partyOption("only those that this party takes part in"))
    .addOption(
      new Option("--role <role>", "only those in which it has this role").choices(["issuer", "payer"]),
    )
    .addOption(new Option("--state <state>", "only those in this state").choices(STATES))
    .option("--search <words>", "only those with all these words in memo or names, the last as a beginning")
    .action((options: ListOptions) => withHistory((history) => list(history, options)));
  accounts
    .command("statement")
    .argument("<party>", "", readAs(Party))
    .argument("<number>", "", readAs(AccountNumber))
    .description("what changed an account, freezes too, the oldest first, and what stood after it")
    .option("--csv", "print CSV, amounts in minor units")
    .option("--json", "print JSON lines")
    .action((party: string, number: string, options: { csv?: boolean; json?: boolean }) =>
      withHistory((history) => statement(history, { party, number }, options)),
    );
  program
    .command("journal")
    .description("print all that was ever written, as the archive has it: a line of JSON each, by partition")
    .option("--follow", "go on with what comes, until it is stopped")
    .action((options: { follow?: boolean }) => printJournal(options.follow === true));
}

interface ListOptions extends Pick<IssuancePageQuery, "party" | "role"> {
  json?: boolean;
  state?: State;
  search?: string;
}

const HEADER = ["issuance", "issuer", "payer", "amount", "state", "asked", "memo"];

async function list(history: History, { json = false, search: q, ...wanted }: ListOptions): Promise<void> {
  let isEmpty = true;
  for (let after: string | undefined; ; ) {
    const page = await history.findIssuances(OPERATOR, { ...wanted, q, after, limit: PAGE });
    if (isOutputClosed()) return;
    if (json) for (const issuance of page.found) console.log(JSON.stringify(issuance));
    else if (page.found.length > 0) {
      const rows = [...(isEmpty ? [HEADER] : []), ...page.found.map(row)];
      for (const line of alignColumns(rows, { right: [3] })) console.log(line);
    }
    isEmpty &&= page.found.length === 0;
    after = page.next;
    if (after === undefined) break;
  }
  if (isEmpty && !json) console.log("No issuance is found.");
}

function row({ issuanceId, issuer, payer, amount, currency, state, createdAt, memo }: Snapshot): string[] {
  return [issuanceId, issuer, payer, money(amount, currency), state, time(createdAt), quoted(memo)];
}

async function statement(
  history: History,
  account: { party: string; number: string },
  { csv = false, json = false }: { csv?: boolean; json?: boolean },
): Promise<void> {
  let isFirst = true;
  for (let after: string | undefined; ; ) {
    const page = await history.statement(OPERATOR, { ...account, after, limit: PAGE });
    if (!page) throw new Error(`the archive has no account ${account.number} of ${account.party}`);
    if (isOutputClosed()) return;
    if (json) for (const entry of page.entries) console.log(JSON.stringify(entry));
    else if (csv)
      process.stdout.write(isFirst ? statementCsv(page.entries) : withoutNames(statementCsv(page.entries)));
    else {
      const names = ["at", "what", "amount", "balance or limit", "used", "frozen", "cause"];
      const rows = page.entries.map((entry) => {
        const sum = (amount: number | undefined) =>
          amount === undefined ? "" : money(amount, entry.currency);
        const { at, type, amount, balance, limit, used, frozen, cause = "" } = entry;
        return [time(at), type, sum(amount), sum(balance ?? limit), sum(used), sum(frozen), cause];
      });
      for (const line of alignColumns(isFirst ? [names, ...rows] : rows, { right: [2, 3, 4, 5] }))
        console.log(line);
    }
    isFirst = false;
    after = page.next;
    if (after === undefined) return;
  }
}

function withoutNames(text: string): string {
  return text.slice(text.indexOf("\n") + 1);
}

async function printJournal(follow: boolean): Promise<void> {
  const journals = await openArchivedJournals(archiveUrl());
  const reached = new Map<number, number>();
  try {
    do {
      for (let partition = 0; partition < journals.partitions; partition++)
        await printPartition(journals, partition, reached);
      if (follow) await sleep(FOLLOW_EVERY_MS);
    } while (follow && !isOutputClosed());
  } finally {
    await journals.close();
  }
}

async function printPartition(
  journals: ArchivedJournals,
  partition: number,
  reached: Map<number, number>,
): Promise<void> {
  for await (const { id, fields, position } of journals.entriesOf(partition, reached.get(partition) ?? 0)) {
    if (isOutputClosed()) return;
    const named = Object.fromEntries(
      Array.from({ length: fields.length / 2 }, (_, index) => [fields[2 * index], fields[2 * index + 1]]),
    );
    console.log(JSON.stringify({ partition, entry: id, ...named }));
    reached.set(partition, position);
  }
}
