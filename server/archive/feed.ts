/**
 * The feed: all events of issuances and vouchers, each with its place in the order of commits. Commits come one after the
 * other, each knowing the one before, so that whoever has read up to a place has missed nothing before it.
 */
import { type IssuanceEvent, isVoucherId, type VoucherEvent } from "@tallystick/protocol";
import { groupBy } from "../ledger/group-by.ts";
import { type IssuanceEntry, readJournalEntry, type VoucherEntry } from "../ledger/journal-entry.ts";
import { readEvent } from "../ledger/record.ts";
import {
  readTerms,
  readVoucherEvent,
  settlementModeOf,
  type VoucherTerms,
} from "../ledger/voucher-record.ts";
import type { Database } from "./database.ts";
import { offerOf } from "./fold-issuance.ts";
import { IN_FEED } from "./partial-indexes.ts";
import type { IssuanceTable, JournalTable, VoucherTable } from "./schema.ts";

/** How many entries are read at once. */
const AT_ONCE = 500;
/** How many a page looks at. */
const MOST_LOOKED_AT = 2_000;

/** An event with all that is needed to tell somebody of it. */
export interface Fed {
  /** Its place in the feed. */
  place: number;
  event: IssuanceEvent | VoucherEvent;
  /** Whose subject it is. */
  parties: { issuer: string; payer: string; beneficiary: string };
  /** Of what the event has honoured and a system outside is to pay. */
  payOutside?: { currency: string };
}

export interface FeedQuestion {
  /** The last place that is known; 0 for none. */
  after: number;
  /** Only events of these types. */
  types?: readonly string[] | undefined;
  /** Only events that this party may see. */
  party?: string | undefined;
  limit: number;
}

export interface FeedFound {
  fed: Fed[];
  /** The place up to which all was looked at. */
  next: number;
  /** There may be more. */
  more: boolean;
  /** The archive has given out no place as late as that after which it was asked. */
  isBeyond: boolean;
}

type Row = Pick<JournalTable, "feed" | "position" | "subject" | "version" | "fields">;
type Subject = Pick<IssuanceTable, "id" | "first" | "issuer" | "payer" | "beneficiary"> &
  Partial<Pick<VoucherTable, "terms">>;
/** Its first event is at this place in its partition's journal, or before. */
type Begun = Subject & { from: number };

const ABOUT = ["id", "first", "issuer", "payer", "beneficiary"] as const;

/** The last place that was given out; 0 before the first. */
export async function feedHead(database: Database): Promise<number> {
  const { last } = await database
    .selectFrom("journal")
    .select((row) => row.fn.max("feed").as("last"))
    .where(IN_FEED)
    .executeTakeFirstOrThrow();
  return last ?? 0;
}

/** A page of the feed. What a store that went back has lost is passed over. */
export async function readFeed(
  database: Database,
  { after, types, party, limit }: FeedQuestion,
): Promise<FeedFound> {
  const found: Fed[] = [];
  let next = after;
  const page = (more: boolean) => ({ fed: found, next, more, isBeyond: false });
  for (let looked = 0; looked < MOST_LOOKED_AT; ) {
    const rows = await rowsAfter(database, next);
    for (const one of await eventsOf(database, rows)) {
      if (found.length === limit) return page(true);
      if (isWanted(one, { types, party })) found.push(one);
      next = one.place;
    }
    next = Math.max(next, rows.at(-1)?.feed ?? 0);
    looked += rows.length;
    if (rows.length === 0 && looked === 0)
      return { ...page(false), isBeyond: after > (await feedHead(database)) };
    if (rows.length < AT_ONCE) return page(false);
  }
  return page(true);
}

/** Those of the events at these places that are part of the book. */
export async function readFedAt(database: Database, places: readonly number[]): Promise<Fed[]> {
  if (places.length === 0) return [];
  const query = rowsOf(database).where("feed", "in", places);
  return eventsOf(database, await query.execute());
}

/** Whether somebody who wants certain types, or is a certain party, is to be told of it. */
export function isWanted(
  { event, parties }: Fed,
  { types, party }: Pick<FeedQuestion, "types" | "party">,
): boolean {
  if (types && !types.includes(event.type)) return false;
  if (party === undefined || party === parties.issuer || party === parties.payer) return true;
  // A beneficiary sees nothing of the negotiation.
  return "voucherId" in event && party === parties.beneficiary;
}

function rowsOf(database: Database) {
  return database
    .selectFrom("journal")
    .select(["feed", "position", "subject", "version", "fields"])
    .where(IN_FEED)
    .where("is_lost", "=", 0)
    .orderBy("feed");
}

function rowsAfter(database: Database, after: number): Promise<Row[]> {
  return rowsOf(database).where("feed", ">", after).limit(AT_ONCE).execute();
}

async function eventsOf(database: Database, rows: readonly Row[]): Promise<Fed[]> {
  const subjects = await subjectsOf(database, [...new Set(rows.map(({ subject }) => subject))]);
  return rows.flatMap((row) => {
    const fed = fedOf(row, subjects.get(row.subject) ?? []);
    return fed ? [fed] : [];
  });
}

/** The rows of each subject, the newest first: an id may have begun anew. */
async function subjectsOf(
  database: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly Begun[]>> {
  const vouchers = ids.filter(isVoucherId);
  const issuances = ids.filter((id) => !isVoucherId(id));
  const rows: Subject[] = [];
  if (issuances.length > 0) {
    const query = database.selectFrom("issuances").select(ABOUT).where("id", "in", issuances);
    rows.push(...(await query.where("is_lost", "=", 0).execute()));
  }
  if (vouchers.length > 0) {
    const query = database
      .selectFrom("vouchers")
      .select([...ABOUT, "terms"])
      .where("id", "in", vouchers);
    rows.push(...(await query.where("is_lost", "=", 0).execute()));
  }
  return groupBy(await withPlaces(database, rows), ({ id }) => id);
}

/** Where those of one id parted is asked of the journal, and not of their times: a store's clock may go back, as by a failover. */
async function withPlaces(database: Database, rows: readonly Subject[]): Promise<Begun[]> {
  const several = [...groupBy(rows, ({ id }) => id)].filter(([, own]) => own.length > 1).map(([id]) => id);
  const places = several.length > 0 ? await firstPlaces(database, several) : undefined;
  const begun = rows.map((row) => ({ ...row, from: places?.get(`${row.id} ${row.first}`) ?? 0 }));
  return begun.sort((one, other) => other.from - one.from);
}

/** The places of first events, by `id digest`. */
async function firstPlaces(database: Database, ids: readonly string[]): Promise<Map<string, number>> {
  const rows = await database
    .selectFrom("journal")
    .select(["subject", "position", "fields"])
    .where("subject", "in", ids)
    .where("version", "=", 1)
    .where("is_lost", "=", 0)
    .execute();
  return new Map(
    rows.map(({ subject, position, fields }) => {
      const { line } = readJournalEntry(JSON.parse(fields)) as IssuanceEntry | VoucherEntry;
      return [`${subject} ${line.slice(0, line.indexOf("|"))}`, position];
    }),
  );
}

/** The event of an entry, read by the terms of the subject that it is of. */
function fedOf(
  { feed: place, position, subject, version, fields }: Row,
  subjects: readonly Begun[],
): Fed | undefined {
  const own = subjects.find(({ from }) => from <= position);
  if (!own) return undefined;
  const { issuer, payer, beneficiary, terms } = own;
  const entry = readJournalEntry(JSON.parse(fields)) as IssuanceEntry | VoucherEntry;
  const event =
    entry.kind === "voucher.event"
      ? readVoucherEvent(readTerms(subject, terms ?? "") as VoucherTerms, version, entry.line)
      : readEvent(offerOf(subject, entry.offer ?? ""), version, entry.line);
  const paidOutside = event.type === "drawing.honoured" && settlementModeOf(entry.line) === "external";
  const currency = paidOutside ? readTerms(subject, terms ?? "")?.currency : undefined;
  return {
    place,
    event,
    parties: { issuer, payer, beneficiary },
    ...(currency !== undefined && { payOutside: { currency } }),
  };
}
