/** Reads the journals of all partitions from the store, in pages, and looks whether they still go on from where the archive is. */
import { Cluster } from "ioredis";
import { isEntry } from "../ledger/blank-entry.ts";
import { bookKey, partitionKeys } from "../ledger/keys.ts";
import { settleApart } from "../redis/apart.ts";
import type { Store } from "../redis/connect.ts";
import { type StoredEntry, storedEntry } from "./read-entry.ts";

/** How many entries of one partition are read at once. */
const ENTRIES_AT_ONCE = 100;
/** How many in all: what is read is written in one transaction. */
const MOST_AT_ONCE = 4_000;

type StreamEntry = [id: string, fields: string[]];

/** How a partition's journal stands against the archive's mark. */
export type Looked =
  /** The entry at the mark is there. */
  | "fits"
  /** It is missing, or another is in its place: the store has gone back. */
  | "differs"
  /** The partition is not this book's, or has lost all its data: that says nothing. */
  | "not_ours";

/** A partition's mark. */
export interface Place {
  partition: number;
  /** The entry at it, and its fields as JSON, as the archive has them; undefined where it has none of the partition. */
  last: { entry: string; fields: string } | undefined;
}

/** What was read. */
export interface Page {
  entries: StoredEntry[];
  /** There was nothing more when it was read. */
  isAll: boolean;
}

export class JournalReader {
  readonly #store: Store;
  readonly #partitions: readonly number[];
  readonly #bookId: string;
  /** The partition with which the next page begins, so that a busy one does not hold up the others. */
  #next = 0;

  constructor({ store, partitions, bookId }: { store: Store; partitions: number; bookId: string }) {
    this.#store = store;
    this.#partitions = Array.from({ length: partitions }, (_, partition) => partition);
    this.#bookId = bookId;
  }

  /** The entries after the marks, those of each partition in their order. @param marks by partition, ids of entries. */
  async read(marks: ReadonlyMap<number, string>): Promise<Page> {
    const order = [...this.#partitions.slice(this.#next), ...this.#partitions.slice(0, this.#next)];
    const pages = await this.#readAll(order, marks);
    const entries: StoredEntry[] = [];
    let isAll = true;
    for (const [partition, page] of pages) {
      if (entries.length >= MOST_AT_ONCE) {
        this.#next = partition;
        return { entries, isAll: false };
      }
      for (const [entry, fields] of page) entries.push(storedEntry(partition, entry, fields));
      if (page.length >= ENTRIES_AT_ONCE) isAll = false;
    }
    return { entries, isAll };
  }

  async #readAll(
    order: readonly number[],
    marks: ReadonlyMap<number, string>,
  ): Promise<[partition: number, entries: StreamEntry[]][]> {
    const after = (partition: number) => marks.get(partition) ?? "0";
    if (this.#store instanceof Cluster) {
      // They are on different servers, of which one may be away.
      const read = async (partition: number): Promise<[number, StreamEntry[]]> => {
        const found = await this.#xread([partition], after);
        return [partition, found.get(partition) ?? []];
      };
      return (await settleApart(order.map(read))).values;
    }
    const found = await this.#xread(order, after);
    return order.flatMap((partition) => {
      const entries = found.get(partition);
      return entries ? [[partition, entries] as [number, StreamEntry[]]] : [];
    });
  }

  async #xread(
    partitions: readonly number[],
    after: (partition: number) => string,
  ): Promise<Map<number, StreamEntry[]>> {
    const keys = partitions.map(partitionKeys.journal);
    const reply = await this.#store.xread(
      "COUNT",
      ENTRIES_AT_ONCE,
      "STREAMS",
      ...keys,
      ...partitions.map(after),
    );
    const byKey = new Map(keys.map((key, index) => [key, partitions[index] as number]));
    return new Map(
      (reply ?? []).map(([key, entries]) => [byKey.get(key) as number, entries as StreamEntry[]]),
    );
  }

  /** The entries of a partition after an id, a page of them. */
  async readOn(partition: number, after: string, count: number): Promise<StoredEntry[]> {
    const start = after === "0" ? "-" : `(${after}`;
    const found = await this.#store.xrange(partitionKeys.journal(partition), start, "+", "COUNT", count);
    return found.map(([entry, fields]) => storedEntry(partition, entry, fields));
  }

  /** Whether an entry of the archive's is there. @param fields as JSON. */
  async has(partition: number, { entry, fields }: { entry: string; fields: string }): Promise<boolean> {
    const [found] = await this.#store.xrange(partitionKeys.journal(partition), entry, entry);
    return found !== undefined && isEntry(JSON.stringify(found[1]), fields);
  }

  /**
   * Looks whether the entries at marks are those that the archive has, each at the same moment as whose partition it is: in
   * the place of one that is lost another's may have begun. A server of the store that is away says nothing of its partitions.
   */
  async look(places: readonly Place[]): Promise<Map<number, Looked>> {
    // A transaction is of one partition where others are on other servers.
    const groups = this.#store instanceof Cluster ? places.map((place) => [place]) : [places];
    const { values } = await settleApart(groups.map((group) => this.#lookAt(group)));
    return new Map(values.flat());
  }

  async #lookAt(places: readonly Place[]): Promise<[partition: number, looked: Looked][]> {
    const steps = this.#store.multi();
    for (const { partition, last } of places) {
      const entry = last?.entry ?? "0-1";
      steps.hget(bookKey(partition), "id").xrange(partitionKeys.journal(partition), entry, entry);
    }
    const replies = ((await steps.exec()) ?? []).map(([error, value]) => {
      if (error) throw error;
      return value;
    });
    return places.map(({ partition, last }, index) => {
      const [id, found] = replies.slice(2 * index, 2 * index + 2) as [string | null, StreamEntry[]];
      if (id !== this.#bookId) return [partition, "not_ours"];
      const [at] = found;
      const fits = last === undefined || (at !== undefined && isEntry(JSON.stringify(at[1]), last.fields));
      return [partition, fits ? "fits" : "differs"];
    });
  }
}
