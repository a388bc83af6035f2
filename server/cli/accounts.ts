/** `tallystick accounts …`: keeps the account book, whether or not a hub is up. */
import { progress } from "@clack/prompts";
import {
  type Account,
  AccountNumber,
  formatAmount,
  IMPORT_COLUMNS,
  Party,
  parseAmount,
  Reference,
} from "@tallystick/protocol";
import type { Command } from "commander";
import { readSettings } from "../config.ts";
import { type ImportOptions, importAccounts } from "../import/import-accounts.ts";
import type { AccountName, AccountOutcome, Accounts } from "../ledger/accounts.ts";
import { type OpenedLedger, openLedger } from "../open-ledger.ts";
import { alignColumns } from "./align.ts";
import { isOutputClosed } from "./closed-output.ts";
import { exportAccounts } from "./export-accounts.ts";
import { partyOption, readAs } from "./parsed-by.ts";
import { plain } from "./plain.ts";
import { confirmWritten } from "./with-ledger.ts";

const REPEATED = "makes it happen once, however often it is repeated";

/** Adds the commands on accounts to the program, and answers their group. */
export function addAccountCommands(program: Command): Command {
  const accounts = program.command("accounts").description("keep the account book");
  accounts
    .command("import <file>")
    .description(
      `load accounts from CSV with the columns ${IMPORT_COLUMNS.join(",")} (amount in decimals, as in 1250.50)`,
    )
    .option(
      "--encoding <name>",
      "how the file is encoded when it is not UTF-8, as in gb18030 or windows-1252",
    )
    .option("--dry-run", "check each row against the book, and keep none")
    .option("--all-or-nothing", "check each row against the book first, and keep none when one is bad")
    .action((file: string, options: ImportChoices) => withBook((book) => importFile(book, file, options)));
  accounts
    .command("export")
    .addOption(partyOption("only this party's"))
    .description(
      "print all accounts as CSV that import reads; a balance with what is frozen in it, without used",
    )
    .action(({ party }: { party?: string }) => withBook((book) => exportAccounts(book, party)));
  accounts
    .command("list")
    .argument("<party>", "", readAs(Party))
    .description("a party's accounts: what is in each, frozen and available")
    .option("--json", "print JSON lines")
    .action((party: string, options: { json?: boolean }) =>
      withAccounts((book) => list(book, party, options)),
    );
  accounts
    .command("show")
    .argument("<party>", "", readAs(Party))
    .argument("<number>", "", readAs(AccountNumber))
    .description("one account")
    .option("--json", "print JSON")
    .action((party: string, number: string, options: { json?: boolean }) =>
      withAccounts(async (book) => {
        print([await found(book, { party, number })], options);
      }),
    );
  accounts
    .command("block")
    .argument("<party>", "", readAs(Party))
    .argument("<number>", "", readAs(AccountNumber))
    .description("let nothing more be frozen in an account; what is frozen stays so")
    .option("--unblock", "make it active again")
    .action((party: string, number: string, options: { unblock?: boolean }) =>
      write((book) => book.setStatus({ party, number }, options.unblock ? "active" : "blocked")),
    );
  accounts
    .command("adjust")
    .argument("<party>", "", readAs(Party))
    .argument("<number>", "", readAs(AccountNumber))
    .argument("<amount>")
    .description("add an amount in decimals to the balance or limit; write -- before a negative one")
    .requiredOption("--reference <text>", REPEATED, readAs(Reference))
    .action((party: string, number: string, amount: string, options: { reference: string }) =>
      write((book) => adjust(book, { party, number }, amount, options.reference)),
    );
  accounts
    .command("repay")
    .argument("<party>", "", readAs(Party))
    .argument("<number>", "", readAs(AccountNumber))
    .argument("<amount>")
    .description("pay back an amount in decimals of what was drawn of a line of credit")
    .requiredOption("--reference <text>", REPEATED, readAs(Reference))
    .action((party: string, number: string, amount: string, options: { reference: string }) =>
      write((book) => repay(book, { party, number }, amount, options.reference)),
    );
  return accounts;
}

async function withBook(act: (book: OpenedLedger) => Promise<void>): Promise<void> {
  const book = await openLedger(readSettings(process.env), (line) => console.error(line));
  try {
    await act(book);
  } finally {
    await book.close();
  }
}

const withAccounts = (act: (accounts: Accounts) => Promise<void>) =>
  withBook(({ accounts }) => act(accounts));

/** Writes an account, and shows it once replicas have that too, where they have to. */
const write = (act: (accounts: Accounts) => Promise<AccountOutcome>) =>
  withBook(async (book) => {
    const account = done(await act(book.accounts));
    await confirmWritten(book);
    print([account], {});
  });

/** Options of the command, as commander gives them. */
type ImportChoices = Pick<ImportOptions, "encoding" | "dryRun" | "allOrNothing">;

async function importFile(book: OpenedLedger, file: string, options: ImportChoices): Promise<void> {
  const bar = process.stdout.isTTY ? progress({ max: 100 }) : undefined;
  bar?.start(`Importing ${file}`);
  let shown = 0;
  const onProgress = (done: number) => {
    const percent = Math.floor(done * 100);
    if (percent > shown) bar?.advance(percent - shown);
    shown = Math.max(shown, percent);
  };
  const started = performance.now();
  const { kept, badCount, bad, replacing } = await importAccounts(book.accounts, file, {
    ...options,
    onProgress,
  }).catch((error: unknown) => {
    bar?.error(`Stopped reading ${file}`);
    throw error;
  });
  bar?.stop(`Read ${file}`);
  for (const { line, replaces, party, number } of replacing) {
    console.error(`${file}:${line}: line ${line} replaces line ${replaces}: both set ${party} ${number}`);
  }
  for (const { line, reason } of bad) console.error(`${file}:${line}: ${plain(reason)}`);
  if (kept > 0 && !options.dryRun) await confirmWritten(book);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const verb = options.dryRun ? "would be kept" : "kept";
  console.log(`${kept} accounts ${verb}, ${badCount} bad rows, in ${seconds} s`);
  if (options.allOrNothing && badCount > 0 && kept === 0)
    console.log("Nothing was kept: not every row is good.");
  if (badCount > 0) process.exitCode = 1;
}

async function list(accounts: Accounts, party: string, options: { json?: boolean }): Promise<void> {
  let after: string | undefined;
  let first = true;
  do {
    const page = await accounts.list(party, { after, limit: 500 });
    if (first && page.accounts.length === 0) throw new Error(`${party} has no accounts`);
    print(page.accounts, options, first);
    first = false;
    after = page.next;
  } while (after !== undefined && !isOutputClosed());
}

async function adjust(
  accounts: Accounts,
  name: AccountName,
  text: string,
  reference: string,
): Promise<AccountOutcome> {
  const { currency } = await found(accounts, name);
  const negative = text.startsWith("-");
  const amount = parseAmount(negative ? text.slice(1) : text, currency);
  if (amount === 0) throw new Error("an adjustment of 0 changes nothing");
  return accounts.adjust(name, { amount: negative ? -amount : amount, reference });
}

async function repay(
  accounts: Accounts,
  name: AccountName,
  text: string,
  reference: string,
): Promise<AccountOutcome> {
  const { currency } = await found(accounts, name);
  const amount = parseAmount(text, currency);
  if (amount === 0) throw new Error("a repayment of 0 changes nothing");
  return accounts.repay(name, { amount, reference });
}

async function found(accounts: Accounts, name: AccountName): Promise<Account> {
  const account = await accounts.get(name);
  if (!account) throw new Error(`${name.party} has no account ${name.number}`);
  return account;
}

function done(outcome: AccountOutcome): Account {
  if (outcome.kind === "refused") throw new Error(outcome.message);
  return outcome.account;
}

function print(accounts: readonly Account[], options: { json?: boolean }, withHeader = true): void {
  if (options.json) {
    for (const account of accounts) console.log(JSON.stringify(account));
    return;
  }
  const header = [
    "party",
    "number",
    "holder",
    "kind",
    "currency",
    "total",
    "used",
    "frozen",
    "available",
    "status",
  ];
  const rows = accounts.map((account) => [
    account.party,
    account.number,
    plain(account.holder),
    account.kind,
    account.currency,
    shown(account.balance ?? account.limit ?? 0, account.currency),
    shown(account.used ?? 0, account.currency),
    shown(account.frozen, account.currency),
    shown(account.available, account.currency),
    account.status,
  ]);
  for (const line of alignColumns(withHeader ? [header, ...rows] : rows, { right: [5, 6, 7, 8] }))
    console.log(line);
}

/** What was done is done: an amount that can't be written properly does not make it a failure. */
function shown(amount: number, currency: string): string {
  try {
    return formatAmount(amount, currency);
  } catch {
    return `${amount} minor units`;
  }
}
