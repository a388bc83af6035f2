/**
 * Sends one endpoint its events: of each subject one after the other, those of different subjects side by side, and one
 * at a time in all while attempts fail.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../archive/database.ts";
import { type Fed, isWanted, readFedAt } from "../archive/feed.ts";
import type { DeliveryTable, WebhookTable } from "../archive/schema.ts";
import { cloudEventOf } from "../history/cloud-event.ts";
import { bringForward, readDue, readNextDue, UNWANTED } from "./due.ts";
import { typesOf } from "./endpoints.ts";
import { fanOut } from "./fan-out.ts";
import type { Network } from "./find-address.ts";
import { restAfter } from "./pauses.ts";
import { type Attempt, meaningOf, type Outcome, record } from "./record.ts";
import { ATTEMPT_MS, type Sent, send } from "./send.ts";
import { signedHeaders } from "./sign.ts";

/** How many events are on their way to an endpoint at once. */
const SIDE_BY_SIDE = 10;
/** An attempt begins only when it is over before another hub may begin one. */
const SLACK_MS = 1_000;

export interface LaneOptions {
  database: Database;
  bookId: string;
  network: Network;
  /** The database's clock, milliseconds. */
  now: () => number;
  attempted: (outcome: Outcome) => void;
  /** What an operator has to know of an error that is not the database's being away. */
  failed: (error: unknown) => void;
}

/** What a lane is told with each look at the endpoints. */
export interface LaneNews {
  endpoint: WebhookTable;
  /** The last place in the feed. */
  head: number;
  /** Until when no other hub sends to the endpoint: `performance.now()`. */
  heldUntil: number;
}

export class Lane {
  readonly #options: LaneOptions;
  readonly #stopping = new AbortController();
  readonly #underWay = new Map<string, Promise<void>>();
  /** What is over and not written yet. */
  #over: Attempt[] = [];
  /** Subjects whose events were not taken since one was. */
  readonly #failedSubjects = new Set<string>();
  #news: LaneNews;
  #restsUntil = Number.NEGATIVE_INFINITY;
  #nextDue = Number.NEGATIVE_INFINITY;
  #isWorking = false;
  #isWoken = false;
  #isStopped = false;

  constructor(news: LaneNews, options: LaneOptions) {
    this.#news = news;
    this.#options = options;
  }

  /** How many events are on their way. */
  get underWay(): number {
    return this.#underWay.size;
  }

  tell(news: LaneNews): void {
    // An operator has changed it, or has had something sent again.
    if (news.endpoint.changes !== this.#news.endpoint.changes) this.#beginAnew();
    this.#news = news;
    void this.wake();
  }

  /** Does what there is to do; never throws. */
  async wake(): Promise<void> {
    this.#isWoken = true;
    if (this.#isWorking) return;
    this.#isWorking = true;
    try {
      while (this.#isWoken) {
        this.#isWoken = false;
        await this.#work();
      }
    } catch (error) {
      this.#options.failed(error);
    } finally {
      this.#isWorking = false;
    }
  }

  /** Begins nothing more, and waits for what is under way; what takes longer is broken off, and sent again by whoever comes next. */
  async stop(withinMs: number): Promise<void> {
    this.#isStopped = true;
    await Promise.race([Promise.all(this.#underWay.values()), sleep(withinMs, undefined, { ref: false })]);
    this.#stopping.abort();
    while (this.#isWorking) await sleep(1);
    await this.#record().catch(this.#options.failed);
  }

  #beginAnew(): void {
    this.#failedSubjects.clear();
    this.#restsUntil = Number.NEGATIVE_INFINITY;
    this.#nextDue = Number.NEGATIVE_INFINITY;
  }

  async #work(): Promise<void> {
    await this.#record();
    if (this.#isStopped) return;
    await this.#fanOut();
    await this.#begin();
  }

  async #record(): Promise<void> {
    const attempts = [...this.#over];
    if (attempts.length === 0) return;
    const { database, attempted } = this.#options;
    const { endpoint } = this.#news;
    const now = this.#options.now();
    const wasDown = this.#noteFailures(attempts);
    if (await record(database, endpoint, { attempts, now })) {
      for (const { outcome } of attempts) attempted(outcome);
      if (wasDown) await bringForward(database, endpoint.key, now);
    }
    this.#over = this.#over.slice(attempts.length);
    for (const { delivery } of attempts) this.#underWay.delete(delivery.subject);
    this.#nextDue = Number.NEGATIVE_INFINITY;
  }

  /** True when an endpoint that was left alone takes events again. */
  #noteFailures(attempts: readonly Attempt[]): boolean {
    const wasDown = restAfter(this.#failedSubjects.size) > 0;
    const isTaking = attempts.some(({ outcome }) => outcome === "delivered");
    if (isTaking) this.#failedSubjects.clear();
    for (const { outcome, delivery } of attempts)
      if (outcome !== "delivered" && outcome !== "dropped") this.#failedSubjects.add(delivery.subject);
    const { changes } = this.#news.endpoint;
    const isEnded = attempts.some((one) => one.outcome === "ended" && one.changes === changes);
    this.#restsUntil = isEnded
      ? Number.POSITIVE_INFINITY
      : performance.now() + restAfter(this.#failedSubjects.size);
    return wasDown && isTaking;
  }

  async #fanOut(): Promise<void> {
    const { endpoint, head } = this.#news;
    if (endpoint.fed >= head) return;
    const { fed, isFull, added } = await fanOut(this.#options.database, endpoint, this.#options.now());
    // Nothing was written: the next look at the endpoint says why.
    if (fed === endpoint.fed) return;
    this.#news = { ...this.#news, endpoint: { ...this.#news.endpoint, fed } };
    if (added > 0) this.#nextDue = Number.NEGATIVE_INFINITY;
    if (!isFull && fed < head) this.#isWoken = true;
  }

  /** How many attempts may begin now. */
  #room(): number {
    const now = performance.now();
    if (this.#isStopped || now < this.#restsUntil) return 0;
    if (now + ATTEMPT_MS + SLACK_MS > this.#news.heldUntil) return 0;
    const most = this.#failedSubjects.size > 0 ? 1 : SIDE_BY_SIDE;
    return most - this.#underWay.size;
  }

  async #begin(): Promise<void> {
    const count = this.#room();
    const { database, now } = this.#options;
    if (count <= 0 || now() < this.#nextDue) return;
    const { key } = this.#news.endpoint;
    const busy = [...this.#underWay.keys()];
    const due = await readDue(database, { key, now: now(), busy, count });
    const events = new Map(
      (
        await readFedAt(
          database,
          due.map(({ place }) => place),
        )
      ).map((one) => [one.place, one]),
    );
    // The database may have taken its time: nothing begins that would not be over before another hub may begin.
    if (this.#room() <= 0) return;
    for (const delivery of due) this.#start(delivery, events.get(delivery.place));
    if (due.length === count) return;
    const next = await readNextDue(database, { key, busy: [...this.#underWay.keys()] });
    this.#nextDue = next ?? Number.POSITIVE_INFINITY;
  }

  #start(delivery: DeliveryTable, fed: Fed | undefined): void {
    const { changes } = this.#news.endpoint;
    const attempt = this.#attempt(delivery, fed).catch((error: unknown): Attempt => {
      // A mistake of ours costs this event an attempt, and the others nothing.
      this.#options.failed(error);
      const sent: Sent = { kind: "unanswered", reason: "the hub could not make it: its log says why" };
      return { delivery, changes, ...meaningOf(delivery, sent, this.#options.now()) };
    });
    const ended = attempt.then((over) => {
      if (over) this.#over.push(over);
      else this.#underWay.delete(delivery.subject);
      void this.wake();
    });
    this.#underWay.set(delivery.subject, ended);
  }

  /** Undefined when it was broken off. */
  async #attempt(delivery: DeliveryTable, fed: Fed | undefined): Promise<Attempt | undefined> {
    const { endpoint } = this.#news;
    const about = { delivery, changes: endpoint.changes };
    const party = endpoint.party === "" ? undefined : endpoint.party;
    // The store has gone back behind it, or the endpoint wants other types, or has become another party's.
    if (!fed || !isWanted(fed, { party, types: typesOf(endpoint) }))
      return { ...about, outcome: "dropped", status: 0, reason: UNWANTED };
    const { network, bookId, now } = this.#options;
    const event = cloudEventOf(fed, bookId, party);
    const body = JSON.stringify(event);
    const headers = signedHeaders({ id: event.id, at: now(), body }, secretsOf(endpoint, now()));
    const { signal } = this.#stopping;
    const sent = await send({ url: endpoint.url, headers, body }, network, signal);
    const isBrokenOff = signal.aborted && sent.kind === "unanswered";
    return isBrokenOff ? undefined : { ...about, ...meaningOf(delivery, sent, now()) };
  }
}

function secretsOf({ secret, old_secret, old_until }: WebhookTable, now: number): string[] {
  return old_until > now ? [secret, old_secret] : [secret];
}
