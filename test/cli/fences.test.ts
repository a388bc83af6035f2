// time limit: 360 s
// about 11 s
/** `tallystick fences`: an operator sees what the store has lost, and decides. */
import { setTimeout } from "node:timers/promises";
import { connect, type IssuanceEvent } from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openBook } from "../../server/ledger/book.ts";
import { bookKey } from "../../server/ledger/keys.ts";
import { startHub } from "../helpers/hub.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";
import { openVoucherScene } from "../vouchers/scene.ts";
import { type Ended, runCommand } from "./run-command.ts";

const command = suite("tallystick fences");

let book: TestLedger;
command.before(async () => {
  book = await startLedger();
  await openBook(book.store, 16);
});
command.after(() => book.stop());

/** Nothing listens at this port, so that the command decides by itself. */
const NO_HUB = { PORT: "9" };

function run(...args: string[]): Promise<Ended> {
  return runWith(NO_HUB, ...args);
}

function runWith(environment: Record<string, string>, ...args: string[]): Promise<Ended> {
  const settings = { REDIS_URL: book.redis.url, PARTITIONS: "16", ...environment };
  return runCommand(["fences", ...args], { environment: settings });
}

/** An issuance of which a terminal says that it knows version 3, while the store has 1. */
async function fenced(): Promise<string> {
  const offer = { commandId: freshId(), payer: "acme", amount: 125_000_00, currency: "CNY" };
  const made = await book.ledger.requestPayer({ party: "shop" }, offer);
  if (made.kind !== "done") throw new Error(made.code);
  const { issuanceId } = made.snapshot;
  await book.ledger.fences.fence(issuanceId, { party: "acme", version: 3 });
  return issuanceId;
}

command("lists what is fenced, and resumes or cancels it", async () => {
  assert.match((await run("list")).out, "Nothing is fenced.");
  const first = await fenced();
  // The oldest is listed first, and those of one millisecond in any order.
  await setTimeout(5);
  const second = await fenced();
  const listed = (await run("list")).out.split("\n");
  assert.match(listed[0] ?? "", /^fenced +issuer +payer +amount +stored +known +state/);
  assert.match(
    listed.find((line) => line.startsWith(first)) ?? "",
    /shop +acme +125,000\.00 CNY +1 +3 +proposed +payer/,
  );
  const lines = (await run("list", "--json")).out.trim().split("\n");
  assert.equal(
    lines.map((line) => JSON.parse(line).issuanceId),
    [first, second],
  );
  assert.match((await run("resume", first)).out, `${first} is proposed, version 1.`);
  assert.match((await run("cancel", second, "--reason", "lost")).out, `${second} is cancelled, version 2.`);
  assert.match((await run("list")).out, "Nothing is fenced.");
});

command("lists what is missing, of one party alone if wanted, and closes its case", async () => {
  const other = await fenced();
  const id = `${book.ledger.partitionOf("acme")}-AAAAAAAAAAAAAAAA`;
  await book.ledger.fences.noteMissing(id, { party: "globex", version: 5, digest: "0123456789ab" });
  const { out } = await run("list", "--party", "globex");
  assert.equal(
    out.split("\n").map((line) => line.split(/ +/)[0]),
    ["fenced", id, ""],
  );
  assert.match(out, new RegExp(`^${id} +0 +5 +missing +globex`, "m"));
  const ids = (await run("list", "--json")).out.trim().split("\n");
  assert.equal(
    ids.map((line) => JSON.parse(line).missing ?? false),
    [false, true],
  );
  const refused = await run("cancel", id);
  assert.is(refused.status, 1);
  assert.match(refused.error, `${id} is missing`);
  assert.match((await run("resume", id)).out, `${id} is missing from the store, and no longer listed.`);
  await run("cancel", other);
  assert.match((await run("list")).out, "Nothing is fenced.");
});

command("lets a voucher go on, through the hub or in the book; it can't be cancelled", async () => {
  const hub = await startHub({ redisUrl: book.redis.url, settings: { JWT_SECRET } });
  const scene = await openVoucherScene(hub);
  for (const environment of [{ PORT: String(hub.port), JWT_SECRET }, NO_HUB]) {
    const id = await scene.issue();
    for (const { party } of [scene.issuer, scene.payer])
      await book.ledger.fences.vouchers.fence(id, { party, version: 3, digest: "0123456789ab" });
    assert.match((await run("list")).out, new RegExp(`^${id} +.*CNY +1 +3 +issued`, "m"));
    const cancelled = await runWith(environment, "cancel", id);
    assert.is(cancelled.status, 1);
    assert.match(cancelled.error, "end it with tallystick vouchers void");
    assert.match((await runWith(environment, "resume", id)).out, `${id} is issued, version 1.`);
    assert.match((await runWith(environment, "resume", id)).error, `${id} is issued: it is not fenced\n`);
  }
  assert.match((await run("list")).out, "Nothing is fenced.");
  scene.close();
  await hub.close();
});

command("says what is wrong with what it can't decide", async () => {
  for (const [args, says] of [
    [["resume", "nonsense"], "nonsense is not the id of an issuance or a voucher"],
    [["resume", "3-AAAAAAAAAAAAAAAA"], "there is no issuance 3-AAAAAAAAAAAAAAAA"],
    [["cancel", (await fencedAndResumed()) as string], "it is not fenced"],
  ] as const) {
    const ended = await run(...args);
    assert.is(ended.status, 1);
    assert.match(ended.error, says);
  }
});

const JWT_SECRET = "a secret for decisions, of 32 bytes or more";

/** A hub on the book, with a terminal of each side that writes down what it is told of fenced issuances. */
async function stage() {
  const hub = await startHub({ redisUrl: book.redis.url, settings: { JWT_SECRET } });
  const issuer = await connect(hub.url, { token: await hub.token("shop") });
  const payer = await connect(hub.url, { token: await hub.token("acme") });
  return {
    hub,
    /** An issuance that both follow, and that is fenced. */
    fenced: async () => {
      const invited = new Promise<Told>((resolve) => payer.onRequest((issuance) => resolve(told(issuance))));
      const asked = await issuer.requestPayer({ payer: "acme", amount: 1_00, currency: "CNY" });
      const sides = [told(asked), await invited];
      await book.ledger.fences.fence(asked.id, { party: "acme", version: 3 });
      return { id: asked.id, sides };
    },
    close: async () => {
      await issuer.close();
      await payer.close();
      await hub.close();
    },
  };
}

/** The next event that a terminal is told of an issuance. */
interface Told {
  next: Promise<IssuanceEvent>;
}

function told(issuance: { on(listener: (event: IssuanceEvent) => void): unknown }): Told {
  return {
    next: new Promise((resolve) => issuance.on((event) => event.version > 1 && resolve(event))),
  };
}

command("decides through the running hub, so that a terminal of each side hears it at once", async () => {
  const { hub, fenced, close } = await stage();
  try {
    const ways: [environment: Record<string, string>, args: string[]][] = [
      [{ PORT: String(hub.port), JWT_SECRET }, []],
      [{ PORT: "9", JWT_SECRET }, ["--url", hub.url]],
      [{ PORT: "9" }, ["--url", hub.url, "--token", await hub.token("operator", { operator: true })]],
    ];
    for (const [environment, args] of ways) {
      const { id, sides } = await fenced();
      const { out, error } = await runWith(environment, "cancel", id, "--reason", "lost", ...args);
      assert.equal([out, error], [`${id} is cancelled, version 2.\n`, ""]);
      // Live, and not by the terminals' own look every half a minute.
      const decided = performance.now();
      await Promise.all(sides.map(({ next }) => next));
      assert.ok(performance.now() - decided < 20_000);
      for (const { next } of sides) {
        const { type, by, version, ...more } = await next;
        assert.equal([type, by, version], ["issuance.cancelled", "hub", 2]);
        assert.is("reason" in more && more.reason, "lost");
      }
    }
  } finally {
    await close();
  }
});

command("decides in the book, and says so, where the hub at the usual place is another's", async () => {
  const other = await startHub();
  const id = await fenced();
  const environment = { PORT: String(other.port), JWT_SECRET };
  const { out, error } = await runWith(environment, "cancel", id);
  await other.close();
  assert.is(out, `${id} is cancelled, version 2.\n`);
  assert.match(
    error,
    "answers unauthenticated: decided in the book; terminals hear of it when they next sync.",
  );
});

command("does nothing by itself when the hub that was named can't be had", async () => {
  const id = await fenced();
  const { status, error } = await run("cancel", id, "--url", "http://127.0.0.1:9");
  assert.is(status, 1);
  assert.match(error, "no hub answers at http://127.0.0.1:9");
  assert.match((await run("list")).out, id);
  await run("cancel", id);
});

async function fencedAndResumed(): Promise<string> {
  const id = await fenced();
  await run("resume", id);
  return id;
}

command("lists, of settlements too, say of how many partitions they lack what is there", async () => {
  const id = await fenced();
  const home = book.ledger.partitionOf("acme");
  const other = (home + 1) % 16;
  await book.store.del(bookKey(other));
  const listed = await run("list");
  assert.match(listed.out, id);
  const unread = "One partition could not be read: there may be more.\n";
  assert.equal([listed.error, listed.status], [unread, 1]);
  const environment = { REDIS_URL: book.redis.url, PARTITIONS: "16", ...NO_HUB };
  const settlements = await runCommand(["settlements", "list"], { environment });
  assert.equal([settlements.out, settlements.error, settlements.status], ["", unread, 1]);
});

command.run();
