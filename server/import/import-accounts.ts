/**
 * Loads accounts from CSV (RFC 4180): good rows are kept, each bad one is reported with its line and why. The
 * same file again sets the same accounts again, since each row is a new write in each run; a row that only the
 * store's client sends again is kept once. Nothing is kept before the whole file is known to be text.
 */
import { setImmediate as letOthersGoOn } from "node:timers/promises";
import type { AccountKind, AccountPut, RowFault } from "@tallystick/protocol";
import type { AccountName, RefusedAccount } from "../ledger/accounts.ts";
import type { AccountBook } from "../ledger/confirmed-accounts.ts";
import { checkEncoding } from "./decode.ts";
import { FirstLines } from "./first-lines.ts";
import { Input } from "./input.ts";
import { readAccount } from "./read-account.ts";
import { RowError } from "./row-error.ts";
import { type Row, readRows } from "./rows.ts";
import { UnreadableFile } from "./unreadable-file.ts";

/** How many accounts are on their way to the store at once. */
const AT_ONCE = 256;

/** The book that accounts are imported into. */
export type ImportedBook = Pick<AccountBook, "get" | "put">;

export interface BadRow {
  /** Line of the file, the first being 1. */
  line: number;
  /** An English sentence. */
  reason: string;
  /** The same for a page, which says it in its reader's language. */
  fault: RowFault;
}

/** A row that sets an account which an earlier one has set too: the later counts. */
export interface ReplacingRow extends AccountName {
  line: number;
  /** Line of the earlier row. */
  replaces: number;
}

export interface ImportResult {
  /** Rows that were kept; in a dry run, those that would be. */
  kept: number;
  /** How many rows were not. */
  badCount: number;
  bad: BadRow[];
  replacing: ReplacingRow[];
}

export interface ImportOptions {
  /** A name that `TextDecoder` knows, as in `gb18030`; UTF-8, or UTF-16 where the file shows it, without. */
  encoding?: string | undefined;
  /** Checks each row against the book, and keeps none. */
  dryRun?: boolean | undefined;
  /** Checks each row against the book first, and keeps none when one is bad. */
  allOrNothing?: boolean | undefined;
  /** Of bad rows, and of those that replace others, so many are told one by one, the first of the file; all unless given. */
  mostReported?: number | undefined;
  /** Called now and then with how much is done, from 0 to 1. */
  onProgress?: ((done: number) => void) | undefined;
}

/** The store has stopped an import: what had been kept until then. */
export class ImportStopped extends Error {
  override readonly name = "ImportStopped";
  readonly result: ImportResult;

  constructor(result: ImportResult, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(
      `${why}. ${result.kept} rows are kept so far: import the file again, which sets the same once more`,
      {
        cause,
      },
    );
    this.result = result;
  }
}

/**
 * Reads a CSV and puts its accounts into the book. Kept and bad rows together are all rows of the file.
 *
 * @throws UnreadableFile when the file as a whole can't be read: another encoding, nothing in it, columns that are
 * missing or unknown. Nothing is kept then.
 * @throws ImportStopped when the store fails.
 */
export async function importAccounts(
  accounts: ImportedBook,
  file: string,
  options: ImportOptions,
): Promise<ImportResult> {
  const input = await Input.open(file);
  try {
    return await importInput(accounts, input, options);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    throw new UnreadableFile(`${file}: ${error.message}`, { cause: error.cause });
  } finally {
    await input.close();
  }
}

/** The same of what is open already, which the caller closes. */
export async function importInput(
  accounts: ImportedBook,
  input: Input,
  options: ImportOptions,
): Promise<ImportResult> {
  const { encoding, dryRun, allOrNothing, mostReported = Number.POSITIVE_INFINITY, onProgress } = options;
  await checkEncoding(input, encoding);
  const pass = (act: Act, onDone: (done: number) => void) =>
    walk(input, { encoding, onDone, run: new Run(act, mostReported) });
  const first = dryRun || allOrNothing;
  const share = allOrNothing && !dryRun ? 0.5 : 1;
  if (first) {
    const checked = await pass(checkIn(accounts), (done) => onProgress?.(done * share));
    if (dryRun) return checked;
    if (checked.badCount > 0) return { ...checked, kept: 0 };
  }
  return pass(putInto(accounts), (done) => onProgress?.(1 - share + done * share));
}

/** What is done with an account; answers why it can't be. */
type Act = (name: AccountName, body: AccountPut) => Promise<RowError | undefined>;

function putInto(accounts: ImportedBook): Act {
  return async (name, body) => {
    const outcome = await accounts.put(name, body);
    if (outcome.kind === "done") return undefined;
    return new RowError(faultOf(outcome, body.currency), outcome.message);
  };
}

/** Why a row is refused by `put-account.lua`, which has it in the details beside the code. */
function faultOf({ code, detail }: RefusedAccount, asked: string): RowFault {
  if (code === "insufficient_funds") return { code: "less_than_held", held: Number(detail), currency: asked };
  if (code === "invalid_request") return { code: "sum_too_large" };
  if (code === "unavailable") return { code: "not_here" };
  const [kind, currency] = detail.split(" ");
  // A row has no condition, and each its own write: what is left is what the account holds.
  return { code: "kind_or_currency_fixed", kind: kind as AccountKind, currency: currency ?? "" };
}

/** Refuses what the book as it stands would refuse (`put-account.lua`). */
function checkIn(accounts: ImportedBook): Act {
  return async (name, body) => {
    const before = await accounts.get(name);
    const held = before ? before.frozen + (before.used ?? 0) : 0;
    if (!before || held === 0) return undefined;
    if (before.kind !== body.kind || before.currency !== body.currency) {
      const { kind, currency } = before;
      const why = `has frozen or used amounts in ${kind} ${currency}: kind and currency can't change`;
      return new RowError({ code: "kind_or_currency_fixed", kind, currency }, why);
    }
    const total = body.kind === "funds" ? body.balance : body.limit;
    if (total >= held) return undefined;
    const why = `${held} minor units are frozen or used, which is more`;
    return new RowError({ code: "less_than_held", held, currency: body.currency }, why);
  };
}

interface Walk {
  encoding: string | undefined;
  run: Run;
  onDone: (done: number) => void;
}

async function walk(input: Input, { encoding, run, onDone }: Walk): Promise<ImportResult> {
  for await (const { rows, bytes } of readRows(input, encoding)) {
    for (const row of rows) await run.take(row);
    onDone(bytes / Math.max(1, input.size));
    // Rows that are bad, or empty, wait for nothing: without this terminals of the same hub would wait for all of them.
    await letOthersGoOn();
  }
  return run.end();
}

/** Rows that are dealt with, many at once, but those of one account one after the other. */
class Run {
  readonly #act: Act;
  readonly #bad: FirstLines<BadRow>;
  readonly #replacing: FirstLines<ReplacingRow>;
  #kept = 0;
  readonly #underWay = new Map<string, Promise<void>>();
  /** The line that has set an account last. */
  readonly #lines = new Map<string, number>();
  #failure: { error: unknown } | undefined;
  #onRoom: () => void = () => undefined;

  constructor(act: Act, mostReported: number) {
    this.#act = act;
    this.#bad = new FirstLines(mostReported);
    this.#replacing = new FirstLines(mostReported);
  }

  async take({ line, content }: Row): Promise<void> {
    if (content instanceof RowError) return this.#refuse(line, content);
    try {
      const { name, body } = readAccount(content);
      const key = `${name.party} ${name.number}`;
      await this.#underWay.get(key);
      this.#underWay.set(key, this.#do(line, key, name, body));
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      this.#refuse(line, error);
    }
    if (this.#underWay.size >= AT_ONCE) {
      await new Promise<void>((resolve) => {
        this.#onRoom = resolve;
      });
    }
    if (this.#failure) await this.end();
  }

  /** @throws ImportStopped when the store has failed. */
  async end(): Promise<ImportResult> {
    await Promise.all(this.#underWay.values());
    const result = {
      kept: this.#kept,
      badCount: this.#bad.count,
      bad: this.#bad.rows(),
      replacing: this.#replacing.rows(),
    };
    if (this.#failure) throw new ImportStopped(result, this.#failure.error);
    return result;
  }

  #refuse(line: number, { message: reason, fault }: RowError): void {
    this.#bad.add({ line, reason, fault });
  }

  async #do(line: number, key: string, name: AccountName, body: AccountPut): Promise<void> {
    try {
      const why = await this.#act(name, body);
      if (why !== undefined) this.#refuse(line, why);
      else {
        this.#kept += 1;
        const replaces = this.#lines.get(key);
        if (replaces !== undefined) this.#replacing.add({ ...name, line, replaces });
        this.#lines.set(key, line);
      }
    } catch (error) {
      // What the store itself says ends the import; a row's own fault does not.
      this.#failure ??= { error };
    } finally {
      this.#underWay.delete(key);
      this.#onRoom();
    }
  }
}
