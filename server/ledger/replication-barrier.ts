/**
 * Waits until replicas have an event (MIN_REPLICAS): a master's answer alone says nothing of them. All that
 * wait at the same time share one WAIT, as a database's commits share one write to the disk.
 */
import { setTimeout } from "node:timers/promises";
import { Cluster } from "ioredis";
import type { Store } from "../redis/connect.ts";
import { UnavailableError } from "../redis/errors.ts";
import { bookKey, issuanceKeys, partitionKeys, partitionOfIssuance } from "./keys.ts";
import type { Script } from "./load-scripts.ts";
import { pack } from "./packing.ts";

/** How long replicas may take; after that nobody knows, milliseconds. It is less than a command's time-out. */
const WITHIN_MS = 1000;
/** How many events share one wait at most. */
const MOST_AT_ONCE = 500;

/** Too few replicas have said in time that they have the event. It may yet be there: repeat the command. */
export class UnconfirmedError extends UnavailableError {
  override name = "UnconfirmedError";
}

export interface ReplicationBarrierOptions {
  /** A connection of its own, since a wait holds up what comes after it. */
  connection: Store;
  /** The script that finds the event and writes after it. */
  script: Script;
  /** How many replicas have to have it. */
  replicas: number;
  /** Wait for their disks too, where the server can (Redis 7.2, Valkey). */
  onDisk: boolean;
  /** What writes to a partition without a change, to find out whether replicas confirm. */
  touch: { script: Script; book: { readonly id: string } };
  /** Called when replicas begin or cease to confirm. */
  onChange?: (confirms: boolean) => void;
}

/** What was found of a lane is not tried again within this time, milliseconds. */
const FRESH_MS = 2000;

/** An event to wait for. */
export interface Confirmable {
  issuanceId: string;
  version: number;
  digest: string;
}

interface Waiting {
  /** A partition that is only touched. */
  event: Confirmable | { partition: number };
  resolve: () => void;
  reject: (error: unknown) => void;
}

export class ReplicationBarrier {
  readonly #options: ReplicationBarrierOptions;
  /** What waits for its turn, by lane; a lane is there as long as it is at work. */
  readonly #lanes = new Map<number, Waiting[]>();
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
  confirm(event: Confirmable): Promise<void> {
    return this.#wait(event, this.#laneOf(partitionOfIssuance(event.issuanceId)));
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

  /** In a cluster a pipeline goes to one master; a partition is never spread over two. */
  #laneOf(partition: number): number {
    return this.#options.connection instanceof Cluster ? partition : 0;
  }

  #wait(event: Waiting["event"], lane: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = this.#lanes.get(lane);
      if (waiting) {
        waiting.push({ event, resolve, reject });
        return;
      }
      const queue = [{ event, resolve, reject }];
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
   * One pipeline to one master: for each event a look whether it is there, and a write; then the wait. What
   * replicas have of the last write, they have of all before it, whichever hub wrote that. The client gives
   * up a pipeline whose connection is lost half-way: a wait on one that has written nothing would pass at once.
   *
   * @returns whether as many replicas as are asked for have all that was written.
   */
  async #round(batch: Waiting[]): Promise<boolean> {
    const { connection, script, touch, replicas, onDisk } = this.#options;
    const pipeline = connection.pipeline();
    for (const { event } of batch) {
      if ("partition" in event) {
        pipeline.eval(touch.script.source, 1, bookKey(event.partition), pack([touch.book.id]));
        continue;
      }
      const [issuance] = issuanceKeys(event.issuanceId);
      const confirmed = partitionKeys.confirmed(partitionOfIssuance(event.issuanceId));
      pipeline.eval(script.source, 2, issuance, confirmed, pack([event.version, event.digest]));
    }
    if (onDisk) pipeline.call("WAITAOF", 1, replicas, WITHIN_MS);
    else pipeline.call("WAIT", replicas, WITHIN_MS);
    const replies = (await pipeline.exec()) ?? [];
    const [failure, reached] = replies[batch.length] ?? [];
    // A master that has become a replica can't wait, nor can a server that does not know the command.
    if (failure?.name === "ReplyError") throw new UnconfirmedError(failure.message, { cause: failure });
    if (failure) throw failure;
    const count = Number(Array.isArray(reached) ? reached[1] : reached);
    for (const [index, { event, resolve, reject }] of batch.entries()) {
      const [error, found] = replies[index] ?? [];
      if (error) reject(error);
      else if (found !== "done" && "version" in event)
        reject(new UnconfirmedError(`the store does not have version ${event.version} any more`));
      else if (!(count >= replicas))
        reject(new UnconfirmedError(`${count} of ${replicas} replicas have it so far`));
      else resolve();
    }
    return count >= replicas;
  }

  /** A connection that fails says nothing of the replicas. */
  #tell(lane: number, confirms: boolean): void {
    const before = this.#found.get(lane)?.confirms ?? true;
    this.#found.set(lane, { confirms, at: performance.now() });
    if (confirms !== before) this.#options.onChange?.(confirms);
  }
}
