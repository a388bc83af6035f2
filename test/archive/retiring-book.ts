/** A book of the ledger's own with an archive, from which what has ended leaves the store as soon as a test lets it. */
import { setTimeout as sleep } from "node:timers/promises";
import { issuanceIdOf } from "@tallystick/protocol";
import * as assert from "uvu/assert";
import { askDirectly } from "../../server/archive/open-existing.ts";
import { audit } from "../../server/audit/audit.ts";
import { ARCHIVE_LEASE_KEY, issuanceKeys, voucherKey } from "../../server/ledger/keys.ts";
import { ISSUER, PAYER, VoucherBook } from "../audit/vouchers.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";
import type { Place } from "./places.ts";
import { catchUp, startArchive, type TestArchive } from "./start-archive.ts";

export interface Context {
  book: TestLedger;
  archive: TestArchive;
  vouchers: VoucherBook;
}

/** What has ended leaves at once. */
export const SOON = { retireAfterMs: 1, rememberMs: 60_000 };

export async function begin(place: Place): Promise<Context> {
  const book = await startLedger({ isArchived: true });
  const archive = await startArchive(book, await place.fresh());
  const vouchers = new VoucherBook(book);
  await vouchers.begin();
  return { book, archive, vouchers };
}

export async function end({ book, archive }: Context): Promise<void> {
  await archive.close();
  await book.stop();
}

/** A test with such a book of its own. */
export function withBook(place: () => Place, run: (context: Context) => Promise<void>): () => Promise<void> {
  return async () => {
    const context = await begin(place());
    try {
      await run(context);
    } finally {
      await end(context);
    }
  };
}

/** A voucher that is drawn in full and paid, or not. */
export async function honour({ vouchers }: Context, { isPaid = true } = {}): Promise<string> {
  const voucherId = await vouchers.issue();
  const settlementId = await vouchers.draw(voucherId);
  if (isPaid) await vouchers.settle(settlementId);
  return voucherId;
}

export async function decline({ book: { ledger } }: Context, commandId: string): Promise<string> {
  const offer = { commandId, payer: PAYER, amount: 3, currency: "CNY" } as const;
  const made = await ledger.requestPayer({ party: ISSUER }, offer);
  assert.ok(made.kind === "done");
  const { issuanceId } = made.snapshot;
  await ledger.execute("payer:decline", { party: PAYER }, { commandId: `no-${commandId}`, issuanceId });
  return issuanceId;
}

export async function isInStore({ store }: TestLedger, id: string): Promise<boolean> {
  const issuanceId = id.startsWith("v") ? issuanceIdOf(id) : id;
  const [issuance] = issuanceKeys(issuanceId);
  return (await store.exists(issuance, voucherKey(issuanceId))) > 0;
}

export async function retiredAt({ archive: { database } }: Context, id: string): Promise<number | undefined> {
  const table = id.startsWith("v") ? "vouchers" : "issuances";
  const query = database.selectFrom(table).select("retired_at").where("id", "=", id).where("is_lost", "=", 0);
  return (await query.executeTakeFirst())?.retired_at;
}

/** Lets a reader go on until all has left that can, and lets go of its lease. */
export async function retire({ book, archive }: Context, options = {}): Promise<void> {
  await sleep(5);
  await book.store.del(ARCHIVE_LEASE_KEY);
  const follower = archive.follower({ ...SOON, ...options });
  await catchUp(follower);
  for (let round = 0; round < 3; round++) {
    await sleep(3);
    await follower.step();
  }
  await follower.release();
}

export async function findings({ book, archive }: Context): Promise<string[]> {
  const { store, ledger } = book;
  const found = await audit({ store, ledger, archive: askDirectly(archive.database) });
  return found.findings.map(({ subject, rule, problem }) => `${subject}: ${rule}: ${problem}`);
}
