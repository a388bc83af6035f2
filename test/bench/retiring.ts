/** What is left in the store when many negotiations have come to their end; and how long a book takes to be made anew. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type ArchivePlace, type OpenedDatabase, openDatabase } from "../../server/archive/database.ts";
import { Follower, type Step } from "../../server/archive/follower.ts";
import { pair } from "../../server/archive/pair.ts";
import { openArchivedJournals } from "../../server/archive/source.ts";
import { parseArchiveUrl } from "../../server/archive-url.ts";
import { bookKey, partitionKeys } from "../../server/ledger/keys.ts";
import type { Ledger } from "../../server/ledger/ledger.ts";
import { connectRedis, type Store } from "../../server/redis/connect.ts";
import { restoreBook } from "../../server/restore/restore.ts";
import { startRedis } from "../helpers/redis.ts";
import { removeFolder, temporaryFolder } from "../helpers/temporary-folder.ts";
import { Cohort, putAccounts } from "./cohort.ts";
import { account } from "./connect-pairs.ts";
import { withLedger } from "./fill.ts";
import type { Row } from "./report.ts";
import type { Size } from "./size.ts";
import { readInfo } from "./store-info.ts";

const PARTITIONS = 256;
/** How many are under way at once; they leave before the next begin. */
const MOST_AT_ONCE = 10_000;
/** What has ended leaves at once, and is remembered no longer. */
const SOON_MS = 1;
const DAY_MS = 24 * 3600 * 1000;

export async function benchRetiring(size: Size): Promise<Row[]> {
  const folder = temporaryFolder();
  const url = `file:${join(folder, "archive.db")}`;
  const rows = await memoryRow(url, size.finished);
  rows.push(await restoreRow(url, size.finished));
  await removeFolder(folder);
  return rows;
}

/** Vouchers are drawn in full and paid, so that they leave too. */
async function memoryRow(url: string, finished: number): Promise<Row[]> {
  const redis = await startRedis({ durable: true });
  const client = redis.client();
  const used = () => readInfo(client, "memory", /^used_memory:(\d+)/m);
  const values = await withLedger(
    redis.url,
    async (ledger, store) => {
      const atOnce = Math.min(finished, MOST_AT_ONCE);
      await putAccounts(ledger, atOnce);
      await putAccounts(ledger, atOnce, { role: "issuer", balance: 0 });
      const { follower, opened } = await openArchive(url, store);
      // What partitions, parties and accounts take once is there before and after.
      await liveThrough(ledger, `first-${finished}`, atOnce);
      await settle(follower, store);
      const before = await used();
      for (let done = 0; done < finished; done += atOnce) {
        await liveThrough(ledger, `${done}`, Math.min(atOnce, finished - done));
        await settle(follower, store);
      }
      const after = await used();
      await opened.close();
      return { before, after };
    },
    { partitions: PARTITIONS, isArchived: true },
  );
  await redis.stop();
  return [
    {
      what: `store memory after ${finished.toLocaleString("en")} negotiations, drawn, paid and retired`,
      unit: "B",
      values: [values.after],
      against: { what: "before", values: [values.before] },
      budget: 1.05,
    },
  ];
}

async function openArchive(
  url: string,
  store: Store,
): Promise<{ follower: Follower; opened: OpenedDatabase }> {
  const opened = await openDatabase(parseArchiveUrl(url) as ArchivePlace);
  const { database } = opened;
  const bookId = (await store.hget(bookKey(0), "id")) ?? "";
  await pair({ store, bookId, partitions: PARTITIONS, database, place: url });
  const follower = new Follower({
    ...{ store, database, bookId, partitions: PARTITIONS, barrier: undefined },
    ...{ retentionMs: DAY_MS, retireAfterMs: SOON_MS, rememberMs: SOON_MS },
    fence: async () => undefined,
    say: (_level, fields, message) => console.log(message, fields),
  });
  return { follower, opened };
}

/** Negotiates, draws and pays. */
async function liveThrough(ledger: Ledger, name: string, count: number): Promise<void> {
  const cohort = new Cohort(ledger, `retiring-${name}`, count);
  for (const step of ["request", "agree", "open", "submit", "accept"] as const) await cohort[step]();
  const to = { number: account.number, holder: account.holder };
  await cohort.voucher("voucher:draw", "issuer", { to });
  for (const step of ["credit", "close"] as const) await cohort.settle(2, step);
}

/** Until all has left: the issuances, their journals, and what remembers them. */
async function settle(follower: Follower, store: Store): Promise<void> {
  for (;;) {
    const step = await follower.step();
    if (isAtRest(step) && (await hasLeft(store))) return;
    await pause(5);
  }
}

function isAtRest({ isCaughtUp, committed, retired }: Step): boolean {
  return isCaughtUp && committed + retired.issuances + retired.vouchers + retired.entries === 0;
}

/** Of each journal the entry at the mark stays, and nothing else of what has ended. */
async function hasLeft(store: Store): Promise<boolean> {
  for (let partition = 0; partition < PARTITIONS; partition++)
    if ((await store.xlen(partitionKeys.journal(partition))) > 1) return false;
  const [, keys] = await store.scan("0", "MATCH", "*issuance:*", "COUNT", 100_000);
  const [, remembered] = await store.scan("0", "MATCH", "*retired:*", "COUNT", 100_000);
  return keys.length + remembered.length === 0;
}

async function restoreRow(url: string, finished: number): Promise<Row> {
  const redis = await startRedis({ durable: true });
  const store = connectRedis(redis.url, { name: "bench" });
  const source = await openArchivedJournals(url);
  const started = performance.now();
  const restored = await restoreBook({ store, source, retentionMs: DAY_MS, rememberMs: SOON_MS });
  const seconds = (performance.now() - started) / 1000;
  await source.close();
  store.disconnect();
  await redis.stop();
  return {
    what: `a book made anew of ${finished.toLocaleString("en")} negotiations, ${(restored?.entries ?? 0).toLocaleString("en")} entries`,
    unit: "s",
    values: [seconds],
  };
}
