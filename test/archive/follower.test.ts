/** What the archive's reader does when something goes wrong: another writes at the same time, the store goes back or is emptied. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readArchivedIssuance, readArchivedVoucher } from "../../server/archive/events.ts";
import { findIssuances } from "../../server/archive/find.ts";
import { ARCHIVE_LEASE_KEY, partitionKeys } from "../../server/ledger/keys.ts";
import { UnconfirmedError } from "../../server/ledger/replication-barrier.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { rememberStore } from "../helpers/rewind.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "./places.ts";
import { sameAsStore } from "./same-as-store.ts";
import { catchUp, startArchive, type TestArchive } from "./start-archive.ts";

interface Context {
  book: TestLedger;
  archive: TestArchive;
}

let places: Places;
const issuer = { party: "lotus" };
const payer = { party: "acme" };
const account = { number: "6222", holder: "Acme" };

async function begin(name: string): Promise<Context> {
  const book = await startLedger({ partitions: 4 });
  const archive = await startArchive(book, await placeOf(places, name).fresh());
  const funds = { kind: "funds", currency: "CNY", holder: "Acme", balance: 100_000 } as const;
  await book.accounts.put({ ...payer, number: account.number }, funds);
  return { book, archive };
}

async function end({ book, archive }: Context): Promise<void> {
  await archive.close();
  await book.stop();
}

const fresh = () => ({ commandId: freshId() });

async function request({ ledger }: TestLedger, commandId = freshId()): Promise<string> {
  const offer = { commandId, payer: payer.party, amount: 100, currency: "CNY", review: "none" } as const;
  const outcome = await ledger.requestPayer(issuer, offer);
  assert.ok(outcome.kind === "done");
  return outcome.snapshot.issuanceId;
}

async function issue(book: TestLedger, issuanceId: string): Promise<void> {
  await book.ledger.execute("payer:agree", payer, { ...fresh(), issuanceId });
  await book.ledger.execute("issuance:open", issuer, { ...fresh(), issuanceId });
  const outcome = await book.ledger.execute("account:submit", payer, { ...fresh(), issuanceId, account });
  assert.ok(outcome.kind === "done", JSON.stringify(outcome));
}

async function countRows({ database }: TestArchive): Promise<number> {
  return (await database.selectFrom("journal").select("position").execute()).length;
}

const tests = suite("the archive's reader");
tests.before(async () => {
  places = await startPlaces();
});
tests.after(() => places.stop());

for (const name of PLACE_NAMES) {
  const test = (title: string, run: (context: Context) => Promise<void>) =>
    tests(`${title} (${name})`, async () => {
      const context = await begin(name);
      await run(context);
      await end(context);
    });

  test("that is stale writes nothing", async ({ book, archive }) => {
    const stale = archive.follower();
    await catchUp(stale);
    await issue(book, await request(book));
    // It was paused for so long that another has its lease.
    await book.store.del(ARCHIVE_LEASE_KEY);
    await catchUp(archive.follower());
    const rows = await countRows(archive);
    await issue(book, await request(book));
    const step = await stale.step();
    assert.is(step.isFollowing, false);
    assert.is(step.committed, 0);
    assert.is(await countRows(archive), rows);
  });

  test("fences what the store has lost, forgets it, and goes on from what there is", async ({
    book,
    archive,
  }) => {
    const follower = archive.follower();
    const known = await request(book);
    await catchUp(follower);
    const goBack = await rememberStore(book.redis.client());
    await issue(book, known);
    const goneId = freshId();
    const gone = await request(book, goneId);
    await book.accounts.adjust({ ...payer, number: account.number }, { amount: 7, reference: "lost" });
    await catchUp(follower);
    const issued = await readArchivedIssuance(archive.database, known);
    assert.is(issued?.snapshot.state, "issued");
    await goBack();
    // What is written now comes after what was lost, under other digests.
    const other = await request(book);
    const lookingAgain = archive.follower();
    await follower.release();
    await catchUp(lookingAgain);
    const claims = archive.fenced.map(({ id, version, isGone }) => ({ id, version, isGone }));
    assert.equal(
      claims.sort((a, b) => a.id.localeCompare(b.id)),
      [
        { id: known, version: 4, isGone: false },
        { id: gone, version: 1, isGone: true },
        { id: `v${known}`, version: 1, isGone: true },
      ].sort((a, b) => a.id.localeCompare(b.id)),
    );
    assert.match(archive.said.join(), /went back in time/);
    assert.is(await readArchivedIssuance(archive.database, gone), undefined);
    assert.is(await readArchivedVoucher(archive.database, `v${known}`), undefined);
    await sameAsStore(book, archive.database);
    // The same request makes the same id anew, and it is another issuance.
    assert.is(await request(book, goneId), gone);
    await issue(book, other);
    await catchUp(lookingAgain);
    await sameAsStore(book, archive.database);
    const { found } = await findIssuances(archive.database, { party: "acme", limit: 10 });
    assert.equal(found.map(({ issuanceId }) => issuanceId).sort(), [known, gone, other].sort());
    // What was lost is still there for whoever looks for it.
    const lost = await archive.database.selectFrom("journal").selectAll().where("is_lost", "=", 1).execute();
    assert.ok(lost.length > 5);
  });

  test("sees that the store went back though more was written since, however short ago it has looked", async ({
    book,
    archive,
  }) => {
    const follower = archive.follower();
    await request(book);
    await catchUp(follower);
    const goBack = await rememberStore(book.redis.client());
    const [gone, later] = [await request(book), await request(book)];
    await catchUp(follower);
    await goBack();
    const other = await request(book);
    await catchUp(follower);
    assert.equal(archive.fenced.map(({ id }) => id).sort(), [gone, later].sort());
    for (const id of [gone, later]) assert.is(await readArchivedIssuance(archive.database, id), undefined);
    assert.is((await readArchivedIssuance(archive.database, other))?.snapshot.version, 1);
    await sameAsStore(book, archive.database);
  });

  test("leaves everything as it is when the store is emptied", async ({ book, archive }) => {
    await issue(book, await request(book));
    await catchUp(archive.follower());
    const rows = await countRows(archive);
    await book.redis.client().flushall();
    assert.is(await catchUp(archive.follower()), 0);
    assert.is(await countRows(archive), rows);
    assert.equal(archive.fenced, []);
    assert.equal(
      await archive.database.selectFrom("journal").select("entry").where("is_lost", "=", 1).execute(),
      [],
    );
  });

  test("stops in a partition whose journal was cut, says so, and goes on in the others", async ({
    book,
    archive,
  }) => {
    const issuanceId = await request(book);
    await catchUp(archive.follower());
    const partition = Number(issuanceId.split("-")[0]);
    await issue(book, issuanceId);
    const journal = partitionKeys.journal(partition);
    await book.redis.client().xtrim(journal, "MAXLEN", 1);
    const elsewhere = ["p-1", "p-2", "p-3", "p-4"].find(
      (party) => book.ledger.partitionOf(party) !== partition,
    ) as string;
    const funds = { kind: "funds", currency: "CNY", holder: "X", balance: 1 } as const;
    await book.accounts.put({ party: elsewhere, number: "1" }, funds);
    await book.store.del(ARCHIVE_LEASE_KEY);
    const follower = archive.follower();
    assert.is(await catchUp(follower), 1);
    assert.is((await follower.step()).holes, 1);
    assert.match(archive.said.join(), /lacks entries/);
    const archived = await readArchivedIssuance(archive.database, issuanceId);
    assert.is(archived?.snapshot.version, 1);
  });

  test("commits only what replicas have", async ({ archive }) => {
    const held: string[] = [];
    const barrier = {
      confirmUpTo: ({ entry }: { entry: string }) => {
        held.push(entry);
        return held.length === 1 ? Promise.reject(new UnconfirmedError("too few")) : Promise.resolve();
      },
    };
    const follower = archive.follower({ barrier });
    assert.is((await follower.step().catch(() => undefined))?.committed, undefined);
    assert.is(await countRows(archive), 0);
    assert.is(await catchUp(follower), 1);
    assert.is(held.length, 2);
  });
}

tests.run();
