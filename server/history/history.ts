/** The book's history, for a terminal, for HTTP and for the command line: each party its own, an operator all. */
import type {
  Account,
  FeedPage,
  FeedQuery,
  FoundAccountPage,
  FoundAccountQuery,
  IssuanceEvent,
  IssuanceFind,
  Snapshot,
  StatementEntry,
  StatementPage,
  VoucherEvent,
  VoucherFind,
  VoucherSnapshot,
} from "@tallystick/protocol";
import { MOST_FOUND } from "@tallystick/protocol";
import type { AsksArchive } from "../archive/archive.ts";
import type { AccountTable } from "../archive/schema.ts";
import type { StatementLine } from "../archive/statement.ts";
import { partiesOf, viewEvent, viewVoucher } from "../vouchers/view.ts";
import { cloudEventOf } from "./cloud-event.ts";

/** Who reads. */
export interface HistoryReader {
  party: string;
  /** May read all. */
  operator: boolean;
}

/** What is looked for; of a party's own, unless an operator names one or none. */
type Wanted<F> = Omit<F, "limit"> & { party?: string | undefined; limit?: number | undefined };

/** A page of what was found. */
export interface FoundPage<S> {
  found: S[];
  next?: string;
}

export class History {
  readonly #archive: AsksArchive;
  readonly #bookId: string;
  readonly #lastPlace: () => Promise<number>;

  /** @param lastPlace the last place in the feed that was ever given out, as the store knows it. */
  constructor(archive: AsksArchive, bookId: string, lastPlace: () => Promise<number>) {
    this.#archive = archive;
    this.#bookId = bookId;
    this.#lastPlace = lastPlace;
  }

  /**
   * A page of the feed of all events, in the view of the party that is named, or reads; undefined when `after` is a place that
   * neither archive nor store has ever given out: both have gone back, and other events get these places.
   *
   * @throws ArchiveAwayError
   */
  async feed(
    reader: HistoryReader,
    { after = "0", types, party: named, limit }: FeedQuery,
  ): Promise<FeedPage | undefined> {
    const party = reader.operator ? named : reader.party;
    const question = { after: Number(after), types, party, limit };
    const { fed, next, more, isBeyond } = await this.#archive.ask("readFeed", question);
    if (isBeyond && Number(after) > (await this.#lastPlace())) return undefined;
    const events = fed.map((one) => cloudEventOf(one, this.#bookId, party));
    return { events, next: String(next), more };
  }

  /** @throws ArchiveAwayError when the archive does not answer, or there is none. */
  findIssuances(reader: HistoryReader, wanted: Wanted<IssuanceFind>): Promise<FoundPage<Snapshot>> {
    return this.#archive.ask("findIssuances", questionOf(reader, wanted));
  }

  /** Accounts of all parties, for operators, as the archive has them. @throws ArchiveAwayError */
  async findAccounts(query: FoundAccountQuery): Promise<FoundAccountPage> {
    const { found, ...more } = await this.#archive.ask("findAccounts", query);
    return { accounts: found.map(accountOf), ...more };
  }

  /** In the reader's view. @throws ArchiveAwayError */
  async findVouchers(
    reader: HistoryReader,
    wanted: Wanted<VoucherFind>,
  ): Promise<FoundPage<VoucherSnapshot>> {
    const { found, ...more } = await this.#archive.ask("findVouchers", questionOf(reader, wanted));
    const party = reader.operator ? undefined : reader.party;
    return { found: found.map((voucher) => viewVoucher(voucher, party)), ...more };
  }

  /** All events of an issuance; undefined when there is none or it is not the reader's. @throws ArchiveAwayError */
  async issuanceEvents(reader: HistoryReader, id: string): Promise<IssuanceEvent[] | undefined> {
    const archived = await this.#archive.ask("readIssuance", id);
    if (!archived) return undefined;
    const { issuer, payer } = archived.snapshot;
    return reader.operator || reader.party === issuer || reader.party === payer ? archived.events : undefined;
  }

  /** All events of a voucher, in the reader's view; undefined likewise. @throws ArchiveAwayError */
  async voucherEvents(reader: HistoryReader, id: string): Promise<VoucherEvent[] | undefined> {
    const archived = await this.#archive.ask("readVoucher", id);
    if (!archived) return undefined;
    const { snapshot, events } = archived;
    if (!reader.operator && !partiesOf(snapshot).includes(reader.party)) return undefined;
    const party = reader.operator ? undefined : reader.party;
    return events.map((event) => viewEvent(event, snapshot, party));
  }

  /** A page of an account's statement; undefined when there is no such account or it is not the reader's. @throws ArchiveAwayError */
  async statement(
    reader: HistoryReader,
    {
      party,
      number,
      after,
      limit,
    }: { party: string; number: string; after?: string | undefined; limit: number },
  ): Promise<StatementPage | undefined> {
    if (!reader.operator && reader.party !== party) return undefined;
    const position = after === undefined ? undefined : Number(after);
    const page = await this.#archive.ask("readStatement", { party, number, after: position, limit });
    if (!page) return undefined;
    const entries = page.lines.map(entryOf);
    return { entries, ...(page.next !== undefined && { next: String(page.next) }) };
  }
}

function questionOf<F extends { limit?: number | undefined }>(
  { party, operator }: HistoryReader,
  { limit = MOST_FOUND, ...wanted }: Wanted<F>,
) {
  return { ...wanted, party: operator ? wanted.party : party, limit };
}

function accountOf({ partition: _, total, used, frozen, ...row }: AccountTable): Account {
  const isFunds = row.kind === "funds";
  return {
    ...(row as Pick<Account, "party" | "number" | "holder" | "kind" | "currency" | "status">),
    ...(isFunds ? { balance: total } : { limit: total, used }),
    frozen,
    available: total - (isFunds ? 0 : used) - frozen,
  };
}

function entryOf({
  at,
  type,
  amount,
  kind,
  currency,
  total,
  used,
  frozen,
  cause,
}: StatementLine): StatementEntry {
  const stands =
    kind === "credit"
      ? ({ kind, limit: total, used } as const)
      : ({ kind: "funds", balance: total } as const);
  return { at, type, amount, ...stands, currency, frozen, ...(cause !== "" && { cause }) };
}
