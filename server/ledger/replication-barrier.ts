/**
 * Waits until replicas have what is about to be told (MIN_REPLICAS): a master's answer alone says nothing of them. All
 * that wait at the same time share one WAIT, as a database's commits share one write to the disk.
 */
import { setTimeout } from "node:timers/promises";
import { Cluster } from "ioredis";
import type { Store } from "../redis/connect.ts";
import { UnavailableError } from "../redis/errors.ts";
import { bookKey, partitionKeys, partitionOfKey } from "./keys.ts";
import type { Script } from "./load-scripts.ts";
import { pack } from "./packing.ts";

/** How long replicas may take; after that nobody knows, milliseconds. It is less than a command's time-out. */
const WITHIN_MS = 1000;
/** How many events share one wait at most. */
const MOST_AT_ONCE = 500;
/** Of how many events it is remembered that replicas have them. */
const MOST_REMEMBERED = 10_000;

/** Too few replicas have said in time that they have the event. It may yet be there: repeat the command. */
export class UnconfirmedError extends UnavailableError {
  override name = "UnconfirmedError";
}

export interface ReplicationBarrierOptions {
  /** A connection of its own, since a wait holds up what comes after it. */
  connection: Store;
  /** All Lua commands: those that find what is waited for and write after it. */
  scripts: ReadonlyMap<string, Script>;
  /** Whose partitions are written to without a change, to find out whether replicas confirm. */
  book: { readonly id: string };
  /** How many replicas have to have it. */
  replicas: number;
  /** Wait for their disks too, where the server can (Redis 7.2, Valkey). */
  onDisk: boolean;
  /** Called when replicas begin or cease to confirm. */
  onChange?: (confirms: boolean) => void;
}

/** What was found of a lane is not tried again within this time, milliseconds. */
const FRESH_MS = 2000;

/** An event of a record: the record has it under its version, as a line that begins with its digest, or is all of it. */
export interface Confirmable {
  key: string;
  version: number;
  digest: string;
}

/** How far a partition's journal went when something was read there, in the same script. */
export interface Mark {
  partition: number;
  /** The id of its last entry; empty when there was none, and where nothing is shown that replicas have to have. */
  entry: string;
}

/** What those need who tell of what is in the store. */
export type Barrier = Pick<ReplicationBarrier, "confirm" | "confirmUpTo">;
/** What the ledger itself needs. */
export type LedgerBarrier = Barrier & Pick<ReplicationBarrier, "confirmAll">;

interface Waiting {
  /** A partition without an entry is only touched. */
  subject: Confirmable | Mark | { partition: number };
  resolve: () => void;
  reject: (error: unknown) => void;
}

export class ReplicationBarrier {
  readonly #options: ReplicationBarrierOptions;
  /** What waits for its turn, by lane; a lane is there as long as it is at work. */
  readonly #lanes = new Map<number, Waiting[]>();
  /** The events that replicas were found to have, the oldest first. */
  readonly #known = new Set<string>();
  /** The last mark of each partition that replicas were found to have, so that a quiet partition does not wait again. */
  readonly #upTo = new Map<number, string>();
  /** The marks that are waited for, each once. */
  readonly #asked = new Map<string, Promise<void>>();
  /** What the last round of a lane has found, and when. */
  readonly #found = new Map<number, { confirms: boolean; at: number }>();

  constructor(options: ReplicationBarrierOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the event is in the store and in as many replicas as are asked for.
   *
   * @throws UnconfirmedError when it is not known to be; otherwise the client's error.
   */
  async confirm(event: Confirmable): Promise<void> {
    const name = `${event.key} ${event.version} ${event.digest}`;
    if (this.#known.has(name)) return;
    await this.#wait(event, this.#laneOf(partitionOfKey(event.key)));
    this.#known.add(name);
    if (this.#known.size <= MOST_REMEMBERED) return;
    const [oldest] = this.#known;
    this.#known.delete(oldest as string);
  }

  /**
   * Resolves when replicas have a partition's journal up to an entry, and so all that was written there before it:
   * what was read together with the mark may be told then.
   *
   * @throws UnconfirmedError when they are not known to have it, or the store no longer has the entry; otherwise the
   * client's error.
   */
  confirmUpTo(mark: Mark): Promise<void> {
    const { partition, entry } = mark;
    // The same entry, and not one before it: a master that was cut off goes on with entries of its own.
    if (entry === "" || this.#upTo.get(partition) === entry) return Promise.resolve();
    const name = `${partition} ${entry}`;
    const asked = this.#asked.get(name);
    if (asked) return asked;
    const confirmed = this.#wait(mark, this.#laneOf(partition))
      .then(() => void this.#upTo.set(partition, entry))
      .finally(() => this.#asked.delete(name));
    this.#asked.set(name, confirmed);
    return confirmed;
  }

  /**
   * Whether an issue in these partitions would be confirmed now: a write is waited for as an issue is, unless
   * something was waited for just before. What is not known in time is taken to be as it was last.
   */
  async canConfirm(partitions: readonly number[], withinMs: number): Promise<boolean> {
    const lanes = new Map(partitions.map((partition) => [this.#laneOf(partition), partition]));
    const since = performance.now() - FRESH_MS;
    const stale = [...lanes].filter(
      ([lane]) => !this.#lanes.has(lane) && !((this.#found.get(lane)?.at ?? 0) > since),
    );
    const tried = stale.map(([lane, partition]) => this.#wait({ partition }, lane));
    await Promise.race([Promise.allSettled(tried), setTimeout(withinMs, undefined, { ref: false })]);
    return [...lanes.keys()].every((lane) => this.#found.get(lane)?.confirms ?? true);
  }

  /**
   * Resolves when replicas have all that was written on the servers of these partitions until now.
   *
   * @throws UnconfirmedError when they are not known to; otherwise the client's error.
   */
  async confirmAll(partitions: readonly number[]): Promise<void> {
    await Promise.all(partitions.map((partition) => this.#wait({ partition }, this.#laneOf(partition))));
  }

  /** In a cluster a pipeline goes to one master; a partition is never spread over two. */
  #laneOf(partition: number): number {
    return this.#options.connection instanceof Cluster ? partition : 0;
  }

  #wait(subject: Waiting["subject"], lane: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = this.#lanes.get(lane);
      if (waiting) {
        waiting.push({ subject, resolve, reject });
        return;
      }
      const queue = [{ subject, resolve, reject }];
      this.#lanes.set(lane, queue);
      void this.#work(lane, queue);
    });
  }

  /** Works until nothing waits any more; while one round is under way the next gathers. */
  async #work(lane: number, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.splice(0, MOST_AT_ONCE);
      try {
        this.#tell(lane, await this.#round(batch));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#lanes.delete(lane);
  }

  /**
   * One pipeline to one master: for each subject a look whether it is there, and a write; then the wait. What
   * replicas have of the last write, they have of all before it, whichever hub wrote that. The client gives
   * up a pipeline whose connection is lost half-way: a wait on one that has written nothing would pass at once.
   *
   * @returns whether as many replicas as are asked for have all that was written.
   */
  async #round(batch: Waiting[]): Promise<boolean> {
    const { connection, replicas, onDisk } = this.#options;
    const pipeline = connection.pipeline();
    for (const { subject } of batch) {
      const { script, keys, args } = this.#callFor(subject);
      pipeline.eval(this.#source(script), keys.length, ...keys, pack(args));
    }
    if (onDisk) pipeline.call("WAITAOF", 1, replicas, WITHIN_MS);
    else pipeline.call("WAIT", replicas, WITHIN_MS);
    const replies = (await pipeline.exec()) ?? [];
    const [failure, reached] = replies[batch.length] ?? [];
    // A master that has become a replica can't wait, nor can a server that does not know the command.
    if (failure?.name === "ReplyError") throw new UnconfirmedError(failure.message, { cause: failure });
    if (failure) throw failure;
    const count = Number(Array.isArray(reached) ? reached[1] : reached);
    for (const [index, { subject, resolve, reject }] of batch.entries()) {
      const [error, found] = replies[index] ?? [];
      if (error) reject(error);
      else if (found !== "done") reject(new UnconfirmedError(`the store no longer has ${nameOf(subject)}`));
      else if (!(count >= replicas))
        reject(new UnconfirmedError(`${count} of ${replicas} replicas have it so far`));
      else resolve();
    }
    return count >= replicas;
  }

  /** What looks for it and writes after it. */
  #callFor(subject: Waiting["subject"]): { script: string; keys: string[]; args: (string | number)[] } {
    if ("key" in subject) {
      const { key, version, digest } = subject;
      const confirmed = partitionKeys.confirmed(partitionOfKey(key));
      return { script: "confirm-event", keys: [key, confirmed], args: [version, digest] };
    }
    const { partition } = subject;
    if ("entry" in subject) {
      const keys = [partitionKeys.journal(partition), partitionKeys.confirmed(partition)];
      return { script: "confirm-entry", keys, args: [subject.entry] };
    }
    return { script: "touch-book", keys: [bookKey(partition)], args: [this.#options.book.id] };
  }

  #source(script: string): string {
    return (this.#options.scripts.get(script) as Script).source;
  }

  /** A connection that fails says nothing of the replicas. */
  #tell(lane: number, confirms: boolean): void {
    const before = this.#found.get(lane)?.confirms ?? true;
    this.#found.set(lane, { confirms, at: performance.now() });
    if (confirms !== before) this.#options.onChange?.(confirms);
  }
}

function nameOf(subject: Waiting["subject"]): string {
  if ("key" in subject) return `version ${subject.version} of ${subject.key}`;
  return "entry" in subject
    ? `entry ${subject.entry} of the journal of partition ${subject.partition}`
    : `partition ${subject.partition}`;
}
