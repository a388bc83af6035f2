/**
 * Whose book the store holds now. A store may lose its data under a running hub, or another may take its place;
 * what is not this hub's book is not served, until it is back or an operator accepts the loss.
 */
import { Cluster } from "ioredis";
import type { Store } from "../redis/connect.ts";
import { UnavailableError } from "../redis/errors.ts";
import { BookError, FORMAT, type Marker, type OpenedBook, RestoringError, readMarker } from "./book.ts";
import { bookKey, partitionOfKey } from "./keys.ts";
import { ScriptRunner } from "./script-runner.ts";
import type { ServedBook } from "./served-book.ts";

/** What a look at the partitions has found. */
export type BookState =
  | { kind: "whole" }
  /** These partitions have lost their marker, or have another book's. */
  | { kind: "degraded"; missing: readonly number[] }
  /** No partition has a marker. */
  | { kind: "lost" }
  /** The store holds another book. */
  | { kind: "foreign"; reason: string };

/** The partition's data is gone, or is another book's: the command was not sent. */
export class NotServedError extends UnavailableError {
  override name = "NotServedError";
}

/** What could be looked at, and what could not. */
export interface Look {
  /** Why nothing is served, as a sentence for everybody; undefined when something is. */
  refusal: string | undefined;
  /** How many partitions can't be read or written, or are not this book's. */
  unserved: number;
  partitions: number;
  /** Why one of them could not be read or written. */
  failure: unknown;
}

/** A partition that takes longer than this to answer can't be served now, milliseconds. */
const LOOK_WITHIN_MS = 800;
/** How many markers one script compares, so that it stays short. */
const COMPARED_AT_ONCE = 64;

/** A partition did not answer in time. */
export class LateError extends UnavailableError {
  override name = "LateError";
}

export interface BookWatchOptions {
  store: Store;
  book: OpenedBook;
  /** Called when the store is found to hold the book in another way than before. */
  onChange?: (state: BookState, id: string) => void;
  /** Called when the hub works on another book from now on, since an operator has begun one. */
  onBegun?: (id: string) => void;
}

type Found = Marker | undefined | BookError;

export class BookWatch implements ServedBook {
  readonly #options: BookWatchOptions;
  readonly #scripts: ScriptRunner;
  #id: string;
  #state: BookState = { kind: "whole" };
  #missing: ReadonlySet<number> = new Set();
  /** When the book was last seen, by the store's clock, milliseconds. */
  #seenAt = 0;
  #looks = new Map<boolean, Promise<Look>>();
  #timer: NodeJS.Timeout | undefined;
  /** A partition of each server, for a cluster's layout. */
  #slots: Promise<number[]> | undefined;

  constructor(options: BookWatchOptions) {
    this.#options = options;
    this.#id = options.book.id;
    this.#scripts = new ScriptRunner({ store: options.store });
    if (options.book.blank.length > 0) this.#become({ kind: "degraded", missing: options.book.blank });
  }

  get id(): string {
    return this.#id;
  }

  get state(): BookState {
    return this.#state;
  }

  check(key: string): void {
    const { kind } = this.#state;
    if (kind === "whole") return;
    if (kind !== "degraded" || this.#missing.has(partitionOfKey(key)))
      throw new NotServedError("the store does not hold this book here; the command was not sent");
  }

  async confirm(key: string): Promise<void> {
    const partition = partitionOfKey(key);
    // An id may name a partition that no book of this cut has.
    if (!(partition < this.#options.book.partitions)) return;
    this.check(key);
    const marker = await this.#read(partition);
    if (marker !== undefined && !(marker instanceof BookError) && marker.id === this.#id) return;
    // The others are told soon.
    this.look().catch(() => undefined);
    throw new NotServedError("the store does not hold this book here, so that it has nothing says nothing");
  }

  /** Looks now and then, until `stop`. */
  start(intervalMs: number): void {
    this.#timer = setInterval(() => void this.look().catch(() => undefined), intervalMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * Looks at each partition; looks that come meanwhile are answered by the same.
   *
   * @param options.writes tries as well whether each server can be written to.
   */
  look({ writes = false }: { writes?: boolean } = {}): Promise<Look> {
    const current = this.#looks.get(writes);
    if (current) return current;
    const look = this.#look(writes).finally(() => this.#looks.delete(writes));
    this.#looks.set(writes, look);
    return look;
  }

  async #look(writes: boolean): Promise<Look> {
    const { store, book } = this.#options;
    const { partitions } = book;
    const numbers = Array.from({ length: partitions }, (_, partition) => partition);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const tell = () => reject(new LateError("a partition did not answer in time"));
      timer = setTimeout(tell, LOOK_WITHIN_MS);
    });
    late.catch(() => undefined);
    const inTime = <T>(promise: Promise<T>): Promise<T> => Promise.race([promise, late]);
    try {
      // All at once, since what one server is late with must not be held against the others.
      const refusing = writes ? this.#unwritable(inTime) : undefined;
      // Known before a server is away that would have to tell it.
      this.#byServer().catch(() => undefined);
      const id = this.#id;
      const changed = await inTime(this.#changed(numbers)).catch(() => numbers);
      const [time, ...found] = await Promise.allSettled([
        inTime(store.time()),
        ...changed.map((partition) => inTime(this.#read(partition))),
      ]);
      let failure: unknown;
      const away = new Set<number>();
      const same: Marker = { id, isBeginning: false, acceptedAt: 0 };
      const markers = new Map<number, Found>(numbers.map((partition) => [partition, same]));
      for (const [index, result] of found.entries()) {
        const partition = changed[index] as number;
        markers.delete(partition);
        if (result.status === "fulfilled") markers.set(partition, result.value);
        else {
          away.add(partition);
          failure = result.reason;
        }
      }
      const now = time.status === "fulfilled" ? Number(time.value[0]) * 1000 : undefined;
      this.#judge(markers, now);
      const refused = await refusing;
      for (const partition of refused?.partitions ?? []) away.add(partition);
      const unserved = new Set([...away, ...this.#missing]).size;
      return { refusal: this.#refusal(), unserved, partitions, failure: refused?.failure ?? failure };
    } finally {
      clearTimeout(timer);
    }
  }

  /** The partitions whose markers are to be read: on one server those that do not say what they should, of a cluster all. */
  async #changed(numbers: readonly number[]): Promise<readonly number[]> {
    const { store, book } = this.#options;
    if (store instanceof Cluster) return numbers;
    const groups = numbers.flatMap((first) =>
      first % COMPARED_AT_ONCE === 0 ? [numbers.slice(first, first + COMPARED_AT_ONCE)] : [],
    );
    const changed = groups.map(async (group) => {
      const args = [this.#id, book.partitions, FORMAT];
      const [, ...places] = await this.#scripts.run("compare-books", group.map(bookKey), args);
      return places.map((place) => group[Number(place) - 1] as number);
    });
    return (await Promise.all(changed)).flat();
  }

  /** A marker that is of another cut or format is another book's. */
  async #read(partition: number): Promise<Found> {
    const { store, book } = this.#options;
    try {
      return await readMarker(store, partition, book.partitions);
    } catch (error) {
      // What is not all there yet is lost until it is.
      if (error instanceof RestoringError) return undefined;
      if (error instanceof BookError) return error;
      throw error;
    }
  }

  /** @param markers of the partitions that could be read; of the others nothing new is known. */
  #judge(markers: ReadonlyMap<number, Found>, now: number | undefined): void {
    if (markers.size === 0) return;
    const { partitions } = this.#options.book;
    const found = [...markers.values()];
    const others = found.filter(
      (one) => one !== undefined && (one instanceof BookError || one.id !== this.#id),
    );
    const begun = this.#begunAnew(found);
    if (begun !== undefined) {
      this.#id = begun;
      this.#options.onBegun?.(begun);
    }
    const missing = Array.from({ length: partitions }, (_, partition) => partition).filter((partition) => {
      if (!markers.has(partition)) return this.#missing.has(partition);
      const marker = markers.get(partition);
      return marker === undefined || marker instanceof BookError || marker.id !== this.#id;
    });
    const [other] = others;
    if (missing.length < partitions) this.#seenAt = now ?? this.#seenAt;
    if (missing.length === 0) this.#become({ kind: "whole" });
    else if (missing.length < partitions) this.#become({ kind: "degraded", missing });
    else if (other === undefined) this.#become({ kind: "lost" });
    else
      this.#become({
        kind: "foreign",
        reason: other instanceof BookError ? other.message : `it is the book ${other.id}`,
      });
  }

  /**
   * The id of the book that an operator has begun in this one's place since this one was last seen: all partitions
   * have it. A book that was begun before is just another.
   */
  #begunAnew(found: readonly Found[]): string | undefined {
    if (found.length < this.#options.book.partitions) return undefined;
    const [first] = found;
    if (first === undefined || first instanceof BookError || first.id === this.#id) return undefined;
    const isAll = found.every(
      (one) =>
        one !== undefined &&
        !(one instanceof BookError) &&
        one.id === first.id &&
        one.acceptedAt >= this.#seenAt,
    );
    return isAll && first.acceptedAt > 0 && !first.isBeginning ? first.id : undefined;
  }

  #become(state: BookState): void {
    const before = this.#state;
    this.#state = state;
    if (state.kind === "whole") this.#missing = new Set();
    else if (state.kind === "degraded") this.#missing = new Set(state.missing);
    else this.#missing = new Set(Array.from({ length: this.#options.book.partitions }, (_, one) => one));
    const says = ({ kind, ...rest }: BookState) => kind + JSON.stringify(rest);
    if (says(before) !== says(state)) this.#options.onChange?.(state, this.#id);
  }

  #refusal(): string | undefined {
    if (this.#state.kind === "lost") return "The store has lost the book.";
    if (this.#state.kind === "foreign") return "The store holds another book.";
    return undefined;
  }

  /** A partition of each server that has any. */
  async oneOfEachServer(): Promise<number[]> {
    return (await this.#byServer()).map(([first = 0]) => first);
  }

  /** The partitions of the servers that refuse to write. */
  async #unwritable(
    inTime: <T>(promise: Promise<T>) => Promise<T>,
  ): Promise<{ partitions: number[]; failure: unknown }> {
    const refused: { partitions: number[]; failure: unknown } = { partitions: [], failure: undefined };
    const touch = async (partitions: readonly number[]) => {
      const [first = 0] = partitions;
      try {
        await inTime(this.#scripts.run("touch-book", [bookKey(first)], [this.#id]));
      } catch (error) {
        refused.partitions.push(...partitions);
        refused.failure = error;
      }
    };
    // A server that does not tell where a partition is, is found by the reading.
    const servers = await inTime(this.#byServer()).catch(() => []);
    await Promise.all(servers.map(touch));
    return refused;
  }

  /** The partitions, by the server that has them. */
  async #byServer(): Promise<number[][]> {
    const { store, book } = this.#options;
    const numbers = Array.from({ length: book.partitions }, (_, partition) => partition);
    if (!(store instanceof Cluster)) return [numbers];
    // Which slot a key has never changes.
    this.#slots ??= Promise.all(numbers.map((partition) => store.cluster("KEYSLOT", bookKey(partition))));
    const slots = await this.#slots.catch((error) => {
      this.#slots = undefined;
      throw error;
    });
    const servers = new Map<string, number[]>();
    for (const partition of numbers) {
      const server = store.slots[slots[partition] as number]?.[0] ?? "";
      servers.set(server, [...(servers.get(server) ?? []), partition]);
    }
    return [...servers.values()];
  }
}
