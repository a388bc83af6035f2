/**
 * Takes out of the store what ended long enough ago, and what of the journals the archive has: a page at a time, so that
 * each round is short. What is about to leave is marked in the archive before, and marked as gone after; should the process die
 * between, it is done once more.
 */
import { issuanceIdOf, type VoucherSnapshot } from "@tallystick/protocol";
import { sql } from "kysely";
import { readJournalEntry } from "../ledger/journal-entry.ts";
import { readOffer } from "../ledger/offer.ts";
import { type ArchivedHead, type CreditMark, Retiring, type RetiringOptions } from "../ledger/retiring.ts";
import { readSettlement } from "../ledger/settlement-record.ts";
import { settlementIdOf } from "../ledger/settlements.ts";
import { settleApart } from "../redis/apart.ts";
import { ComeBack } from "./come-back.ts";
import { readCredits } from "./credits.ts";
import type { Database } from "./database.ts";
import { inChunks } from "./heads.ts";
import { HAS_SUBJECT } from "./partial-indexes.ts";
import { readRecord } from "./record.ts";
import type { IssuanceTable, MarkTable } from "./schema.ts";
import { Trimmer } from "./trimmer.ts";

export interface RetirerOptions extends RetiringOptions {
  database: Database;
}

/** What has left the store. */
export interface Retired {
  issuances: number;
  vouchers: number;
  /** Entries of journals. */
  entries: number;
  /** More can leave at once. */
  hasMore: boolean;
}

/** How many of each kind leave in one round. */
const AT_ONCE = 200;
/** What has to stay for now is looked at again after this time, milliseconds. */
const AGAIN_MS = 5_000;

type Table = "issuances" | "vouchers";
type Row = Pick<
  IssuanceTable,
  "id" | "first" | "partition" | "issuer" | "payer" | "beneficiary" | "version"
> &
  Pick<IssuanceTable, "digest" | "began_at" | "ended_at" | "retired_at" | "snapshot">;

/** How far a walk through what has ended has come. */
interface Walk {
  after: { endedAt: number; id: string };
  /** It begins again then, on the clock of `performance.now`. */
  notBefore: number;
}

export class Retirer {
  readonly #options: RetirerOptions;
  readonly #retiring: Retiring;
  readonly #trimmer: Trimmer;
  readonly #comeBack: ComeBack;
  readonly #walks: Record<Table, Walk> = { issuances: begin(0), vouchers: begin(0) };

  constructor(options: RetirerOptions) {
    this.#options = options;
    this.#retiring = new Retiring(options);
    this.#comeBack = new ComeBack(options);
    this.#trimmer = new Trimmer({ ...options, retiring: this.#retiring });
  }

  /**
   * One round.
   *
   * @param marks how far the archive is, brought to what is trimmed. @param isHeldUp of a partition from which nothing leaves.
   */
  async round(marks: Map<number, MarkTable>, isHeldUp: (partition: number) => boolean): Promise<Retired> {
    const now = await storeTime(this.#options.store);
    const issuances = await this.#retire("issuances", now, isHeldUp);
    const vouchers = await this.#retire("vouchers", now, isHeldUp);
    const entries = await this.#trimmer.round(marks, now, isHeldUp);
    const hasMore = Object.values(this.#walks).some(({ after }) => after.endedAt > 0);
    return { issuances, vouchers, entries, hasMore };
  }

  /** What has left these partitions, and is in the store again, since that went back, leaves once more. */
  lookBack(partitions: Iterable<number>): Promise<void> {
    return this.#comeBack.look(partitions);
  }

  async #retire(table: Table, now: number, isHeldUp: (partition: number) => boolean): Promise<number> {
    const rows = (await this.#next(table, now)).filter(({ partition }) => !isHeldUp(partition));
    if (rows.length === 0) return 0;
    const partitions = new Set(rows.map(({ partition }) => partition));
    // Before these are the newest that have left.
    await this.lookBack(partitions);
    await this.#mark(table, rows, now);
    const gone = await (table === "issuances" ? this.#issuances(rows) : this.#vouchers(rows));
    await this.#settle(table, rows, new Set(gone), now);
    this.#comeBack.forget(partitions);
    return gone.length;
  }

  /** The next page of what ended long enough ago, the oldest first. */
  async #next(table: Table, now: number): Promise<Row[]> {
    const walk = this.#walks[table];
    if (performance.now() < walk.notBefore) return [];
    const { retireAfterMs, database } = this.#options;
    const { endedAt, id } = walk.after;
    // The conditions are those of the index, word for word, so that it is used.
    const own = table === "issuances" ? sql` and state <> 'issued'` : sql``;
    const { rows } = await sql<Row>`
      select id, first, partition, issuer, payer, beneficiary, version, digest, began_at, ended_at, retired_at, snapshot
      from ${sql.table(table)}
      where is_lost = 0 and retired_at <= 0 and ended_at > 0${own}
        and ended_at <= ${now - retireAfterMs} and (ended_at, id) > (${endedAt}, ${id})
      order by ended_at, id limit ${sql.lit(AT_ONCE)}`.execute(database);
    const last = rows.at(-1);
    const isThrough = !last || rows.length < AT_ONCE;
    this.#walks[table] = isThrough
      ? begin(performance.now() + Math.min(AGAIN_MS, retireAfterMs))
      : { after: { endedAt: last.ended_at, id: last.id }, notBefore: 0 };
    return rows;
  }

  /** Says in the archive that these are being taken out, before any of them is. */
  async #mark(table: Table, rows: Row[], now: number): Promise<void> {
    const unmarked = rows.filter(({ retired_at }) => retired_at === 0);
    await this.#set(table, unmarked, -now);
    for (const row of unmarked) row.retired_at = -now;
  }

  /** Says what has left, and what has to stay. One that the store has brought back since is not marked so any more. */
  async #settle(table: Table, rows: readonly Row[], gone: ReadonlySet<string>, now: number): Promise<void> {
    for (const [isGone, at] of [
      [true, now],
      [false, 0],
    ] as const)
      await this.#set(
        table,
        rows.filter(({ id }) => gone.has(id) === isGone),
        at,
      );
  }

  /** A voucher's issuance goes with it. */
  async #set(table: Table, rows: readonly Row[], at: number): Promise<void> {
    for (const some of inChunks(rows)) {
      const ids = some.map(({ id }) => id);
      const marks = [...new Set(some.map(({ retired_at }) => retired_at))];
      await this.#setIn(table, ids, marks, at);
      if (table === "vouchers") await this.#setIn("issuances", ids.map(issuanceIdOf), marks, at);
    }
  }

  async #setIn(table: Table, ids: readonly string[], marks: readonly number[], at: number): Promise<void> {
    await this.#options.database
      .updateTable(table)
      .set({ retired_at: at })
      .where("id", "in", ids)
      .where("is_lost", "=", 0)
      .where("retired_at", "in", marks)
      .execute();
  }

  /** @returns the ids of those that have left. */
  async #issuances(rows: readonly Row[]): Promise<string[]> {
    const gone = await this.#takeOut(rows, (row) => this.#retiring.issuance(headOf(row)));
    await this.#retiring.forgetRequests(await this.#requestsOf(gone.map(({ id }) => id)));
    return gone.map(({ id }) => id);
  }

  async #vouchers(rows: readonly Row[]): Promise<string[]> {
    const issuances = await this.#issuancesOf(rows);
    const marks = new Map<string, CreditMark[]>();
    const settled: Row[] = [];
    for (const row of rows) {
      const own = await this.#marksOf(row);
      if (own) settled.push(row);
      marks.set(row.id, own ?? []);
    }
    const gone = await this.#takeOut(settled, async (row) => {
      const issuance = issuances.get(issuanceIdOf(row.id));
      return issuance !== undefined && this.#retiring.voucher(headOf(row), issuance);
    });
    const vouchers = gone.map(({ id, issuer, payer, beneficiary, began_at }) => ({
      voucherId: id,
      issuer,
      payer,
      beneficiary,
      issuedAt: began_at,
    }));
    const ids = gone.map(({ id }) => issuanceIdOf(id));
    await this.#retiring.unlist(vouchers);
    await this.#retiring.dropMarks(gone.flatMap(({ id }) => marks.get(id) ?? []));
    await this.#retiring.forgetRequests(await this.#requestsOf(ids));
    return gone.map(({ id }) => id);
  }

  /** Those that a script has taken out; a server of the store that is away says nothing of the others. */
  async #takeOut(rows: readonly Row[], take: (row: Row) => Promise<boolean>): Promise<Row[]> {
    const { values } = await settleApart(rows.map(async (row) => ((await take(row)) ? [row] : [])));
    return values.flat();
  }

  /** The marks of what a voucher's drawings were paid into; undefined while the archive lacks one of them. */
  async #marksOf({ id, first, snapshot }: Row): Promise<CreditMark[] | undefined> {
    if ((JSON.parse(snapshot) as VoucherSnapshot).honoured === 0) return [];
    const { database } = this.#options;
    const credits = await readCredits(database, id);
    const fields = (await readRecord(database, id, first)) ?? {};
    const own: CreditMark[] = [];
    for (const [field, packed] of Object.entries(fields)) {
      const settlement = field.startsWith("z:") ? readSettlement(packed) : undefined;
      if (!settlement) continue;
      const settlementId = settlementIdOf(id, field.slice(2));
      const made = credits.filter(
        (credit) => credit.settlementId === settlementId && credit.digest === settlement.digest,
      );
      const { state, mode, note } = settlement;
      const isPaidHere = state === "settled" && mode === "book" && note === "";
      if (state !== "settled" || (isPaidHere && !made.some(({ isPaid }) => isPaid))) return undefined;
      own.push(...made);
    }
    return own;
  }

  /** Of these issuances, how the archive has them. */
  async #issuancesOf(rows: readonly Row[]): Promise<Map<string, { version: number; digest: string }>> {
    const ids = rows.map(({ id }) => issuanceIdOf(id));
    const found = await this.#options.database
      .selectFrom("issuances")
      .select(["id", "version", "digest"])
      .where("id", "in", ids)
      .where("is_lost", "=", 0)
      .orderBy("began_at")
      .execute();
    return new Map(found.map(({ id, ...head }) => [id, head]));
  }

  async #requestsOf(ids: readonly string[]) {
    if (ids.length === 0) return [];
    const rows = await this.#options.database
      .selectFrom("journal")
      .select(["subject", "fields"])
      .where(HAS_SUBJECT)
      .where("subject", "in", ids)
      .where("version", "=", 1)
      .where("is_lost", "=", 0)
      .orderBy("position")
      .execute();
    const requests = rows.flatMap(({ subject: issuanceId, fields }) => {
      const said = readJournalEntry(JSON.parse(fields));
      const offer = said?.kind === "issuance.event" ? readOffer(said.offer ?? "") : undefined;
      return offer ? [{ issuanceId, issuer: offer.issuer, indexedAt: offer.indexedAt }] : [];
    });
    // Where an id has begun more than once, the last of them.
    return [...new Map(requests.map((request) => [request.issuanceId, request])).values()];
  }
}

function begin(notBefore: number): Walk {
  return { after: { endedAt: 0, id: "" }, notBefore };
}

function headOf({ id, first, version, digest, ended_at: endedAt }: Row): ArchivedHead {
  return { id, first, version, digest, endedAt };
}

/** The store's clock, milliseconds since the epoch. */
async function storeTime(store: RetirerOptions["store"]): Promise<number> {
  const [seconds, microseconds] = await store.time();
  return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
}
