/**
 * Finds issuances and vouchers, the newest first. The work of one page is bounded, whatever is looked for: a page may
 * come back short, or empty, with a cursor for the rest.
 */
import {
  ISSUANCE_ID_PATTERN,
  issuanceIdOf,
  type Snapshot,
  VOUCHER_ID_PATTERN,
  type VoucherSnapshot,
  voucherIdOf,
} from "@tallystick/protocol";
import { type Expression, type SqlBool, sql } from "kysely";
import { type Cursor, readCursor, writeCursor } from "./cursor.ts";
import type { Database } from "./database.ts";
import type { IssuanceTable } from "./schema.ts";
import { askedWords, OPERATORS, wordsOf } from "./words.ts";

/** How many rows a page looks at. */
const MOST_LOOKED_AT = 5_000;

/** A word that so many have leads to them; one that more have is common. */
const MOST_RARE = 500;
/** Comes after every letter. */
const LAST_LETTER = "\u{10ffff}";

/** The roles in which a party may see each: a beneficiary sees nothing of the negotiation. */
const ROLES = {
  issuances: ["issuer", "payer"],
  vouchers: ["issuer", "payer", "beneficiary"],
} as const satisfies Record<Table, readonly string[]>;
type Role = (typeof ROLES)[Table][number];

/** What is looked for; all that is given has to hold. */
export interface Find {
  /** One of its parties; absent for all. */
  party?: string | undefined;
  /** The role that the party has. */
  role?: Role | undefined;
  state?: string | undefined;
  currency?: string | undefined;
  /** Not before this time. */
  from?: number | undefined;
  /** Before this time. */
  to?: number | undefined;
  /** Its id or its voucher's; or words and amounts that it has all, the last of them as the beginning of one. */
  q?: string | undefined;
  /** Where the page before ended. */
  after?: string | undefined;
  limit: number;
}

/** A page of what was found. */
export interface Found<S> {
  found: S[];
  /** Where the next page begins, when there may be one. */
  next?: string;
}

type Table = "issuances" | "vouchers";
type Row = Pick<IssuanceTable, "id" | "began_at" | "snapshot">;

export function findIssuances(database: Database, find: Find): Promise<Found<Snapshot>> {
  return page(database, "issuances", find);
}

export function findVouchers(database: Database, find: Find): Promise<Found<VoucherSnapshot>> {
  return page(database, "vouchers", find);
}

async function page<S>(database: Database, table: Table, find: Find): Promise<Found<S>> {
  const named = find.q === undefined ? undefined : idIn(find.q);
  const words = find.q === undefined || named ? [] : askedWords(find.q);
  // Of a question without a letter or a digit nothing is found.
  if (find.q !== undefined && !named && words.length === 0) return { found: [] };
  const ids = named ? [named] : await rareIds(database, find.party ?? OPERATORS, words);
  if (ids?.length === 0) return { found: [] };
  const looked = ids ? ofIds(table, ids) : newest(table, find, MOST_LOOKED_AT);
  const { rows } = await sql<Row>`
    select id, began_at, snapshot from (${looked}) as looked
    where is_lost = 0 and ${both(filters(table, find, words))}
    order by began_at desc, id desc limit ${sql.lit(find.limit + 1)}`.execute(database);
  const found = rows.slice(0, find.limit).map(({ snapshot }) => JSON.parse(snapshot) as S);
  const last = rows.length > find.limit ? rows[find.limit - 1] : undefined;
  const next = last ?? (ids ? undefined : await edge(database, table, find));
  return { found, ...(next && { next: writeCursor({ at: next.began_at, id: next.id }) }) };
}

/** The issuance that a text names, by its own id or by its voucher's. */
function idIn(q: string): string | undefined {
  const id = q.trim();
  if (VOUCHER_ID_PATTERN.test(id)) return issuanceIdOf(id);
  return ISSUANCE_ID_PATTERN.test(id) ? id : undefined;
}

/** The last row that a page has looked at, where there are more behind it. */
async function edge(
  database: Database,
  table: Table,
  find: Find,
): Promise<Pick<Row, "id" | "began_at"> | undefined> {
  const { rows } = await sql<Pick<Row, "id" | "began_at">>`
    select id, began_at from (${newest(table, find, MOST_LOOKED_AT)}) as looked
    order by began_at desc, id desc limit 1 offset ${sql.lit(MOST_LOOKED_AT - 1)}`.execute(database);
  return rows[0];
}

const COLUMNS = sql.raw(
  "id, began_at, issuer, payer, beneficiary, state, currency, words, is_lost, snapshot",
);

/** The newest of those that an index leads to: by time, by a party in its role, by a state. */
function newest(table: Table, find: Find, count: number): Expression<unknown> {
  const { party, role, state, from, to, after } = find;
  const conditions = [
    ...(state === undefined ? [] : [sql<SqlBool>`state = ${state}`]),
    ...(from === undefined ? [] : [sql<SqlBool>`began_at >= ${from}`]),
    ...(to === undefined ? [] : [sql<SqlBool>`began_at < ${to}`]),
    ...(after === undefined ? [] : [isAfter(readCursor(after))]),
  ];
  const select = (more: Expression<SqlBool>[]) => sql`
    select ${COLUMNS} from ${sql.table(table)} where ${both([...conditions, ...more])}
    order by began_at desc, id desc limit ${sql.lit(count)}`;
  if (party === undefined) return select([]);
  const isIn = (each: Role) => sql<SqlBool>`${sql.ref(each)} = ${party}`;
  if (role !== undefined) return select([isIn(role)]);
  // One list for each role, what an earlier one has left out of the later.
  const roles: readonly Role[] = ROLES[table];
  const lists = roles.map((each, index) => {
    const earlier = roles.slice(0, index).map((other) => sql<SqlBool>`${sql.ref(other)} <> ${party}`);
    return sql`select * from (${select([isIn(each), ...earlier])}) as ${sql.ref(`as_${each}`)}`;
  });
  return sql`select * from (${sql.join(lists, sql` union all `)}) as in_any_role
    order by began_at desc, id desc limit ${sql.lit(count)}`;
}

function ofIds(table: Table, ids: readonly string[]): Expression<unknown> {
  const named = table === "vouchers" ? ids.map(voucherIdOf) : ids;
  // The limit keeps a database from beginning with anything but the ids.
  return sql`select ${COLUMNS} from ${sql.table(table)} where id in (${sql.join(named)})
    limit ${sql.lit(MOST_LOOKED_AT)}`;
}

/** What has to hold of each row that was looked at. */
function filters(table: Table, find: Find, words: readonly string[]): Expression<SqlBool>[] {
  const { party, role, state, currency, from, to, after } = find;
  const roles: readonly Role[] = role === undefined ? ROLES[table] : [role];
  const inRole = roles.map((each) => sql<SqlBool>`${sql.ref(each)} = ${party}`);
  return [
    ...(party === undefined ? [] : [sql<SqlBool>`(${sql.join(inRole, sql` or `)})`]),
    ...(state === undefined ? [] : [sql<SqlBool>`state = ${state}`]),
    ...(currency === undefined ? [] : [sql<SqlBool>`currency = ${currency}`]),
    ...(from === undefined ? [] : [sql<SqlBool>`began_at >= ${from}`]),
    ...(to === undefined ? [] : [sql<SqlBool>`began_at < ${to}`]),
    ...(after === undefined ? [] : [isAfter(readCursor(after))]),
    ...words.map((word, index) => {
      const isLast = index === words.length - 1;
      return sql<SqlBool>`words || ' ' like ${isLast ? `% ${word}%` : `% ${word} %`}`;
    }),
  ];
}

function isAfter({ at, id }: Cursor): Expression<SqlBool> {
  return sql<SqlBool>`(began_at, id) < (${at}, ${id})`;
}

function both(conditions: readonly Expression<SqlBool>[]): Expression<SqlBool> {
  return conditions.length === 0 ? sql<SqlBool>`1 = 1` : sql<SqlBool>`${sql.join(conditions, sql` and `)}`;
}

/**
 * The issuances that have one of the words, where few have it; undefined where all words are common, so that looking at
 * the newest finds some soon.
 */
async function rareIds(
  database: Database,
  party: string,
  words: readonly string[],
): Promise<string[] | undefined> {
  let fewest: string[] | undefined;
  const own = wordsOf(party);
  for (const [index, word] of words.entries()) {
    const isLast = index === words.length - 1;
    // A party's own name is in all that it can find, and has no rows.
    if (own.some((name) => (isLast ? name.startsWith(word) : name === word))) continue;
    const query = database.selectFrom("words").select("id").where("party", "=", party);
    const matching = isLast
      ? query.where("word", ">=", word).where("word", "<", `${word}${LAST_LETTER}`)
      : query.where("word", "=", word);
    const rows = await matching.limit(MOST_RARE + 1).execute();
    if (rows.length <= MOST_RARE && rows.length <= (fewest?.length ?? MOST_RARE))
      fewest = [...new Set(rows.map(({ id }) => id))];
  }
  return fewest;
}
