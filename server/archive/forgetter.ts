/**
 * Forgets parties: blanks what people have written of their issuances and vouchers, of each once it has ended, left the
 * store, and is in no journal of the store's any more; a page at a time. What goes on waits, and is looked at again.
 */
import { issuanceIdOf } from "@tallystick/protocol";
import { sql } from "kysely";
import type { Store } from "../redis/connect.ts";
import { blankInJournal, blankSubjects, inStore } from "./blank-subjects.ts";
import { takeTurn } from "./commit.ts";
import { type Database, emptyLog } from "./database.ts";
import { FIRST_PUT, nextPuts, type PutWalk } from "./earlier-holders.ts";
import type { ForgetTable, MarkTable } from "./schema.ts";

export interface ForgetterOptions {
  database: Database;
  store: Store;
  /** How long what has ended stays in the store, milliseconds. */
  retireAfterMs: number;
}

/** What a round came to. */
export interface Forgot {
  /** It has made a commit of its own. */
  hasCommitted: boolean;
  hasMore: boolean;
}

/** How many issuances are blanked at once. */
const AT_ONCE = 100;
/** What waits is looked at again after this time at the most, milliseconds. */
const AGAIN_MS = 5_000;

/** By which indexes all of a party's are found: a beneficiary sees nothing of the negotiation, but has the voucher. */
export const LISTS = [
  { table: "issuances", role: "issuer" },
  { table: "issuances", role: "payer" },
  { table: "vouchers", role: "beneficiary" },
] as const;

/** What is not blanked, or has been in the store again since it was. */
export const UNBLANKED = sql<boolean>`(is_lost = 0 and retired_at <> forgotten or is_lost = 1 and forgotten < 0)`;

interface Cursor {
  beganAt: number;
  id: string;
}

/** How far the lists of one party are looked through. */
interface Walk {
  /** How often it had been said when the walk began: each partition says it after all that is meant. */
  said: number;
  /** Where the walk begins in each list, and where the next one will: with the first that waits. */
  starts: readonly Cursor[];
  next: Cursor[];
  /** Which list it is in; after the last come the holders of the party's accounts. */
  list: number;
  after: Cursor;
  puts: PutWalk;
  isWaiting: boolean;
  hasBlanked: boolean;
  /** On the clock of `performance.now`. */
  notBefore: number;
}

const START: Cursor = { beganAt: 0, id: "" };

export class Forgetter {
  readonly #options: ForgetterOptions;
  readonly #walks = new Map<string, Walk>();
  #notBefore = 0;

  constructor(options: ForgetterOptions) {
    this.#options = options;
  }

  /** Looks at everything again, as after a store has gone back. */
  clear(): void {
    this.#walks.clear();
    this.#notBefore = 0;
  }

  /**
   * One round.
   *
   * @param commits the archive's number; a commit goes on top of it. @throws StaleReaderError when another was first.
   */
  async round(marks: ReadonlyMap<number, MarkTable>, commits: number): Promise<Forgot> {
    const now = performance.now();
    if (now < this.#notBefore) return { hasCommitted: false, hasMore: false };
    const query = this.#options.database.selectFrom("forgets").selectAll().where("pending", "=", 1);
    const forgets = await query.orderBy("party").execute();
    const due = forgets.find((forget) => this.#walkOf(forget).notBefore <= now);
    if (!due) {
      this.#notBefore = now + this.#pause();
      return { hasCommitted: false, hasMore: false };
    }
    const walk = this.#walkOf(due);
    if (walk.list === LISTS.length) return this.#holders(due, walk, marks, commits);
    return this.#subjects(due, walk, marks, commits);
  }

  #pause(): number {
    return Math.min(AGAIN_MS, this.#options.retireAfterMs);
  }

  #walkOf({ party, said }: ForgetTable): Walk {
    const known = this.#walks.get(party);
    if (known?.said === said) return known;
    const walk = begin({ said, starts: LISTS.map(() => START), notBefore: 0 });
    this.#walks.set(party, walk);
    return walk;
  }

  async #subjects(
    { party, until }: ForgetTable,
    walk: Walk,
    marks: ReadonlyMap<number, MarkTable>,
    commits: number,
  ): Promise<Forgot> {
    const { database } = this.#options;
    const { table, role } = LISTS[walk.list] as (typeof LISTS)[number];
    const rows = await database
      .selectFrom(table)
      .select(["id", "began_at"])
      .where(role, "=", party)
      .where("began_at", "<=", until)
      .where(sql<boolean>`(began_at, id) > (${walk.after.beganAt}, ${walk.after.id})`)
      .where(UNBLANKED)
      .orderBy("began_at")
      .orderBy("id")
      .limit(AT_ONCE)
      .execute();
    const own = rows.map(({ id, began_at }) => ({
      issuanceId: table === "vouchers" ? issuanceIdOf(id) : id,
      at: { beganAt: began_at, id },
    }));
    const ids = [...new Set(own.map(({ issuanceId }) => issuanceId))];
    const waiting = ids.length > 0 ? await inStore(database, ids, marks) : new Set<string>();
    const ready = ids.filter((id) => !waiting.has(id));
    walk.hasBlanked ||= ready.length > 0;
    if (ready.length > 0)
      await this.#commit(commits, party, async (transaction) => {
        await blankSubjects(transaction, ready);
        return ready.length;
      });
    const waits = own.find(({ issuanceId }) => waiting.has(issuanceId));
    walk.isWaiting ||= waits !== undefined;
    // The one that waits is looked at again, and so it comes after where the next walk begins.
    if (waits) walk.next[walk.list] ??= { beganAt: waits.at.beganAt, id: "" };
    const last = own.at(-1)?.at ?? walk.after;
    walk.after = last;
    if (rows.length < AT_ONCE) {
      walk.next[walk.list] ??= last;
      walk.list += 1;
      walk.after = walk.starts[walk.list] ?? START;
    }
    return { hasCommitted: ready.length > 0, hasMore: true };
  }

  /** The names that the party's accounts had before; then the walk is through. */
  async #holders(
    forget: ForgetTable,
    walk: Walk,
    marks: ReadonlyMap<number, MarkTable>,
    commits: number,
  ): Promise<Forgot> {
    const { database, store } = this.#options;
    const { party, until, said } = forget;
    const [seconds] = await store.time();
    const now = Number(seconds) * 1000;
    const puts = await nextPuts(database, { party, until, now, marks, walk: walk.puts });
    walk.puts = puts.walk;
    walk.isWaiting ||= puts.isWaiting;
    const hasCommitted = puts.ready.length > 0;
    walk.hasBlanked ||= hasCommitted;
    if (hasCommitted)
      await this.#commit(commits, party, async (transaction) => {
        for (const entry of puts.ready) await blankInJournal(transaction, entry);
        return 0;
      });
    if (!puts.isThrough) return { hasCommitted, hasMore: true };
    const { isWaiting, starts, next } = walk;
    if (walk.hasBlanked) await emptyLog(database);
    await database
      .updateTable("forgets")
      .set({ pending: isWaiting ? 1 : 0, looked: said })
      .where("party", "=", party)
      // It may have been said again meanwhile.
      .where("said", "=", said)
      .execute();
    const begins = starts.map((start, list) => next[list] ?? start);
    this.#walks.set(party, begin({ said, starts: begins, notBefore: performance.now() + this.#pause() }));
    return { hasCommitted, hasMore: false };
  }

  async #commit(
    commits: number,
    party: string,
    blank: (transaction: Database) => Promise<number>,
  ): Promise<void> {
    await this.#options.database.transaction().execute(async (transaction) => {
      await takeTurn(transaction, commits);
      const count = await blank(transaction);
      await transaction
        .updateTable("forgets")
        .set((forget) => ({ blanked: forget("blanked", "+", count) }))
        .where("party", "=", party)
        .execute();
    });
  }
}

function begin({ said, starts, notBefore }: Pick<Walk, "said" | "starts" | "notBefore">): Walk {
  const after = starts[0] ?? START;
  return {
    said,
    starts,
    next: [],
    list: 0,
    after,
    puts: FIRST_PUT,
    isWaiting: false,
    hasBlanked: false,
    notBefore,
  };
}
