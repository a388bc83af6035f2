/**
 * Follows the journals: reads what comes, waits until the store has it as durably as it promises, and commits it. Of all
 * hubs on a book one does it at a time; should two do it, the archive lets only one of them write.
 */
import { randomUUID } from "node:crypto";
import { ARCHIVE_LEASE_KEY, FED_KEY } from "../ledger/keys.ts";
import type { Barrier } from "../ledger/replication-barrier.ts";
import { settleApart } from "../redis/apart.ts";
import type { Store } from "../redis/connect.ts";
import { Batch, DivergedError } from "./batch.ts";
import { commitBatch, StaleReaderError } from "./commit.ts";
import { comparePartition, type Difference } from "./compare-partition.ts";
import type { Database } from "./database.ts";
import { feedHead } from "./feed.ts";
import { forgetTail } from "./forget-tail.ts";
import { Forgetter } from "./forgetter.ts";
import { Heads } from "./heads.ts";
import { JournalReader, type Place } from "./journal-reader.ts";
import { findParting, lastKnown } from "./lost-tail.ts";
import { type StoredEntry, timeOf } from "./read-entry.ts";
import { type Retired, Retirer } from "./retirer.ts";
import type { MarkTable } from "./schema.ts";

/** How often the entries at all marks are looked at, milliseconds. */
const LOOK_EVERY_MS = 5_000;
/** The lease lasts longer than its holder takes to ask for it again. */
const LEASE_MS = 5_000;
/** What left the store so long before it went back is looked for in it too, milliseconds. */
const BACK_TO_SLACK_MS = 3_600_000;
/** A partition's next entry was looked at twice and does not fit. */
const HELD_UP = "held up";

export interface FollowerOptions {
  store: Store;
  database: Database;
  bookId: string;
  partitions: number;
  /** How long what ended without a voucher stays in a store that has no archive, milliseconds. */
  retentionMs: number;
  /** How long what has ended, and its journal, stay in the store once the archive has them, milliseconds. */
  retireAfterMs: number;
  /** How long `commandId`s are remembered after that, milliseconds. */
  rememberMs: number;
  /** With MIN_REPLICAS. */
  barrier: Pick<Barrier, "confirmUpTo"> | undefined;
  /** What the store has lost is fenced, before the archive forgets it. */
  fence: (differences: readonly Difference[]) => Promise<void>;
  /** Says what an operator has to know. */
  say: (level: "warn" | "error", fields: object, message: string) => void;
}

/** What a step came to. */
export interface Step {
  /** This hub is the one that follows. */
  isFollowing: boolean;
  /** There was nothing more to be read. */
  isCaughtUp: boolean;
  /** How many entries were committed. */
  committed: number;
  /** Partitions whose journal lacks entries that the archive never had. */
  holes: number;
  /** How many entries the store's journals have, up to where the archive is. */
  journalEntries: number;
  /** What has left the store. */
  retired: Retired;
}

const NOT_FOLLOWING: Step = {
  isFollowing: false,
  isCaughtUp: true,
  committed: 0,
  holes: 0,
  journalEntries: 0,
  retired: { issuances: 0, vouchers: 0, entries: 0, hasMore: false },
};

export class Follower {
  readonly #options: FollowerOptions;
  readonly #reader: JournalReader;
  readonly #heads = new Heads();
  readonly #retirer: Retirer;
  readonly #forgetter: Forgetter;
  readonly #id = randomUUID();
  #leaseUntil = 0;
  #marks: Map<number, MarkTable> | undefined;
  /** Of each partition the last entry that was committed, as far as it is known. */
  readonly #last = new Map<number, { entry: string; fields: string }>();
  #commits = 0;
  /** The last place in the feed that was given out. */
  #fed = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  readonly #holes = new Set<number>();
  /** Partitions with an entry that does not fit though the one before it does, and what was said of it. */
  readonly #stuck = new Map<number, string>();

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#reader = new JournalReader(options);
    this.#retirer = new Retirer(options);
    this.#forgetter = new Forgetter(options);
  }

  /** Commits what has come since, a page of it. @throws what the store or the database throws; nothing is written then. */
  async step(): Promise<Step> {
    if (!(await this.#holdLease())) return NOT_FOLLOWING;
    try {
      const followed = await this.#follow();
      const { hasMore, ...retired } = await this.#retire();
      const isForgetting = await this.#forget();
      return {
        isFollowing: true,
        ...followed,
        holes: this.#holes.size + this.#countHeldUp(),
        journalEntries: this.#countEntries(),
        retired: { ...retired, hasMore: hasMore || isForgetting },
      };
    } catch (error) {
      // What was read of the archive may be out of date, and heads may have gone ahead of what was written.
      this.#marks = undefined;
      if (error instanceof StaleReaderError) return NOT_FOLLOWING;
      throw error;
    }
  }

  /** Lets another hub take over at once. */
  async release(): Promise<void> {
    const { store } = this.#options;
    if ((await store.get(ARCHIVE_LEASE_KEY)) === this.#id) await store.del(ARCHIVE_LEASE_KEY);
  }

  async #holdLease(): Promise<boolean> {
    const now = performance.now();
    if (now < this.#leaseUntil) return true;
    const { store } = this.#options;
    if ((await store.set(ARCHIVE_LEASE_KEY, this.#id, "PX", LEASE_MS, "NX")) !== "OK") {
      if ((await store.get(ARCHIVE_LEASE_KEY)) !== this.#id) {
        this.#marks = undefined;
        return false;
      }
      await store.pexpire(ARCHIVE_LEASE_KEY, LEASE_MS);
    }
    this.#leaseUntil = now + LEASE_MS / 2;
    return true;
  }

  async #follow(): Promise<{ committed: number; isCaughtUp: boolean }> {
    const marks = this.#marks ?? (await this.#loadMarks());
    const after = new Map([...marks].map(([partition, { entry }]) => [partition, entry]));
    const page = await this.#reader.read(after);
    const fitting = await this.#look(marks, new Set(page.entries.map(({ partition }) => partition)));
    // The archive has followed a store that went back: what was read goes on from where it was before.
    if (this.#marks !== marks) return { committed: 0, isCaughtUp: false };
    const entries = page.entries.filter(
      ({ partition }) => fitting.has(partition) && !this.#isHeldUp(partition),
    );
    if (entries.length === 0) return { committed: 0, isCaughtUp: page.isAll };
    const confirmed = await this.#confirm(entries);
    await this.#commit(marks, confirmed);
    return { committed: confirmed.length, isCaughtUp: page.isAll && confirmed.length === entries.length };
  }

  /** What ended long enough ago leaves the store, a page of it, unless its partition's journal does not fit. */
  async #retire(): Promise<Retired> {
    return this.#retirer.round(this.#marks ?? (await this.#loadMarks()), (partition) =>
      this.#isHeldUp(partition),
    );
  }

  /** What people have written of those who are to be forgotten is blanked, a page of it. @returns whether there may be more. */
  async #forget(): Promise<boolean> {
    const marks = this.#marks ?? (await this.#loadMarks());
    const { hasCommitted, hasMore } = await this.#forgetter.round(marks, this.#commits);
    if (hasCommitted) this.#commits++;
    return hasMore;
  }

  /** Nothing more of the partition is archived for now, and nothing of it leaves the store. */
  #isHeldUp(partition: number): boolean {
    return this.#holes.has(partition) || this.#stuck.get(partition) === HELD_UP;
  }

  #countEntries(): number {
    let count = 0;
    for (const { position, trimmed } of this.#marks?.values() ?? []) count += position - trimmed;
    return count;
  }

  #countHeldUp(): number {
    return [...this.#stuck.values()].filter((reason) => reason === HELD_UP).length;
  }

  async #loadMarks(): Promise<Map<number, MarkTable>> {
    const { database, store, partitions } = this.#options;
    this.#heads.clear();
    this.#last.clear();
    this.#forgetter.clear();
    this.#lookedAt = Number.NEGATIVE_INFINITY;
    const { commits } = await database
      .selectFrom("archive")
      .select("commits")
      .where("id", "=", 1)
      .executeTakeFirstOrThrow();
    const rows = await database.selectFrom("marks").selectAll().execute();
    const known = new Map(rows.map((row) => [row.partition, row]));
    const marks = new Map<number, MarkTable>();
    for (let partition = 0; partition < partitions; partition++)
      marks.set(partition, known.get(partition) ?? { partition, entry: "0", position: 0, trimmed: 0 });
    this.#commits = commits;
    // A database that went back, as by a failover or a restore of its own, must not give a place to something else than before.
    this.#fed = Math.max(await feedHead(database), Number((await store.get(FED_KEY)) ?? 0));
    this.#marks = marks;
    return marks;
  }

  async #commit(marks: Map<number, MarkTable>, entries: readonly StoredEntry[]): Promise<void> {
    const { database, store, say } = this.#options;
    if (entries.length === 0) return;
    await this.#heads.load(database, entries);
    const batch = new Batch(this.#heads, marks, this.#fed);
    try {
      for (const entry of entries) batch.add(entry);
    } catch (error) {
      if (!(error instanceof DivergedError)) throw error;
      // The store may have gone back, and what it wrote since was read before anybody looked.
      const { partition, message } = error;
      const isSame = this.#stuck.get(partition) === message;
      this.#stuck.set(partition, isSame ? HELD_UP : message);
      if (isSame)
        say(
          "error",
          { partition, reason: message },
          "a partition's journal contradicts the archive: it is not archived",
        );
      throw error;
    }
    if (batch.fed > this.#fed) await store.set(FED_KEY, batch.fed);
    await commitBatch(database, this.#commits, batch);
    this.#commits++;
    this.#fed = batch.fed;
    this.#marks = batch.marks;
    for (const { partition } of batch.changedMarks) this.#stuck.delete(partition);
    for (const { partition, entry, fields } of batch.journal) this.#last.set(partition, { entry, fields });
  }

  /** Those that as many replicas have as are asked for; of the others the next step will see. */
  async #confirm(entries: readonly StoredEntry[]): Promise<readonly StoredEntry[]> {
    const { barrier } = this.#options;
    if (!barrier) return entries;
    const last = new Map(entries.map(({ partition, entry }) => [partition, entry]));
    const { values } = await settleApart(
      [...last].map(async ([partition, entry]) => {
        await barrier.confirmUpTo({ partition, entry });
        return partition;
      }),
    );
    const confirmed = new Set(values);
    return entries.filter(({ partition }) => confirmed.has(partition));
  }

  /**
   * Looks whether journals still have the entry at the mark. Those of which a page was read are looked at each time, after
   * it was read: else what a store that went back has written since would be taken for what follows what it has lost, and
   * nobody would ever see the loss. All are looked at now and then.
   *
   * @returns the partitions whose journals go on from there.
   */
  async #look(marks: ReadonlyMap<number, MarkTable>, read: ReadonlySet<number>): Promise<Set<number>> {
    const isDue = performance.now() - this.#lookedAt > LOOK_EVERY_MS;
    const looked = [...marks.values()].filter(
      ({ partition }) => isDue || (read.has(partition) && !this.#holes.has(partition)),
    );
    if (looked.length === 0) return new Set();
    const places = await Promise.all(looked.map(async (mark) => this.#placeOf(mark)));
    const found = await this.#reader.look(places);
    if (isDue) this.#lookedAt = performance.now();
    const fitting = new Set<number>();
    for (const mark of looked) {
      const { partition } = mark;
      if (found.get(partition) === "fits") {
        fitting.add(partition);
        this.#holes.delete(partition);
      }
      if (found.get(partition) === "differs") await this.#partWith(mark);
    }
    if (isDue) await this.#retirer.lookBack(fitting);
    return fitting;
  }

  /** The entry at a mark, which is asked for once and then known from what was committed. */
  async #placeOf({ partition, entry, position }: MarkTable): Promise<Place> {
    const { database } = this.#options;
    if (entry === "0") return { partition, last: undefined };
    const known = this.#last.get(partition);
    if (known?.entry === entry) return { partition, last: known };
    const last = await lastKnown(database, partition, position);
    if (last) this.#last.set(partition, last);
    return { partition, last };
  }

  /** The store went back behind the archive: what it has lost is fenced, and then the archive follows it. */
  async #partWith(mark: MarkTable): Promise<void> {
    const { database, store, retentionMs, fence, say } = this.#options;
    const { partition } = mark;
    const parting = await findParting({ database, store, reader: this.#reader }, mark);
    if (parting.kind === "hole") {
      if (this.#holes.has(partition)) return;
      this.#holes.add(partition);
      say(
        "error",
        { partition },
        "the store's journal lacks entries that the archive never had: this partition is not archived until they are back",
      );
      return;
    }
    const leftBefore = (await storeTime(store)) - retentionMs;
    // Clocks of servers differ by less than that.
    const backTo = parting.entry === "0" ? 0 : timeOf(parting.entry) - BACK_TO_SLACK_MS;
    const differences = await comparePartition({ database, store }, partition, {
      ...{ leftBefore, backTo },
      position: parting.position,
    });
    say(
      "error",
      { partition, lost: mark.position - parting.position, differing: differences.length },
      "the store went back in time behind the archive",
    );
    await fence(differences);
    await forgetTail(database, this.#commits, mark, parting);
    this.#holes.delete(partition);
    await this.#loadMarks();
  }
}

/** The store's clock, milliseconds since the epoch. */
async function storeTime(store: Store): Promise<number> {
  const [seconds] = await store.time();
  return Number(seconds) * 1000;
}
