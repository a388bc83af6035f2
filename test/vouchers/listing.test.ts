/** The lists of a party's vouchers: what is in them, in which order, and how they are put right. */
import { connect } from "@tallystick/client";
import type { ListedVoucher, VoucherListAck, VoucherRole, VoucherState } from "@tallystick/protocol";
import { issuanceIdOf } from "@tallystick/protocol";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bookKey, partitionKeys, voucherKey, voucherKeys } from "../../server/ledger/keys.ts";
import { pack, unpack } from "../../server/ledger/packing.ts";
import { loadRecord } from "../../server/ledger/record.ts";
import { ScriptRunner } from "../../server/ledger/script-runner.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, errorOf, type RawTerminal } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { rememberStore } from "../helpers/rewind.ts";
import { accepted, openVoucherScene, refused, snapshotOf, toldOf } from "./scene.ts";

const listing = suite("lists of vouchers");
let redis: TestRedis;
let client: Redis;
let hub: TestHub;

listing.before(async () => {
  redis = await startRedis();
  client = redis.client();
  hub = await startHub({ redisUrl: redis.url, settings: { SWEEP_INTERVAL: "50", RATE_LIMIT: "100000" } });
});
listing.after(async () => {
  await hub.close();
  await redis.stop();
});

interface Question {
  role?: VoucherRole;
  state?: VoucherState;
  before?: string;
}

async function ask(terminal: RawTerminal, question: Question = {}) {
  const answer = (await terminal.send("voucher:list", question)) as VoucherListAck;
  if (!answer.ok) throw new Error(answer.error.code);
  return answer;
}

async function list(terminal: RawTerminal, question: Question = {}): Promise<ListedVoucher[]> {
  return (await ask(terminal, question)).vouchers;
}

/** Asks until a list is as it has to be; the test's time limit ends what never is. */
async function until(terminal: RawTerminal, question: Question, ids: readonly string[]): Promise<void> {
  for (;;) {
    const found = (await list(terminal, question)).map(({ voucherId }) => voucherId);
    if (JSON.stringify(found) === JSON.stringify(ids)) return;
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

const liveOf = (party: string) => partitionKeys.liveVouchers(hub.running.ledger.partitionOf(party));

listing(
  "each party has it, newest first, in its own role; a session begins with those that live",
  async () => {
    const scene = await openVoucherScene(hub);
    const { issuer, payer, beneficiary } = scene;
    const first = await scene.issue();
    const second = await scene.issue();
    await toldOf(beneficiary, second, "voucher.issued");
    for (const [terminal, role] of [
      [issuer, "issuer"],
      [payer, "payer"],
      [beneficiary, "beneficiary"],
    ] as const) {
      await until(terminal, {}, [second, first]);
      assert.equal((await list(terminal))[0], { voucherId: second, version: 1, state: "issued", role });
      assert.equal(
        (await list(terminal, { before: second })).map(({ voucherId }) => voucherId),
        [first],
      );
      const other = role === "payer" ? "issuer" : "payer";
      assert.equal(await list(terminal, { role: other }), []);
      const again = await connectTerminal(hub, terminal.party);
      assert.equal(
        again.session.vouchers.map(({ voucherId }) => voucherId),
        [second, first],
      );
      assert.is(again.session.moreVouchers, false);
      again.close();
    }
    scene.close();
  },
);

listing("an issuer finds what was issued just now, before its index has been put right", async () => {
  const scene = await openVoucherScene(hub);
  for (let round = 0; round < 5; round++) {
    const voucherId = await scene.issue();
    assert.ok((await list(scene.issuer)).some((each) => each.voucherId === voucherId));
  }
  scene.close();
});

listing("what has ended is listed by its end, and no longer among those that live", async () => {
  const scene = await openVoucherScene(hub);
  const { issuer, payer, beneficiary } = scene;
  const [kept, ended] = [await scene.issue(), await scene.issue()];
  await toldOf(beneficiary, ended, "voucher.issued");
  await accepted(beneficiary, "voucher:reject", ended, { reason: "no" });
  for (const terminal of [issuer, payer, beneficiary]) {
    await until(terminal, {}, [kept]);
    await until(terminal, { state: "rejected" }, [ended]);
    assert.equal(await list(terminal, { state: "honoured" }), []);
    assert.equal(
      (await list(terminal, { state: "issued" })).map(({ voucherId }) => voucherId),
      [kept],
    );
  }
  scene.close();
});

listing("a session begins with twenty of more, and the list has the rest", async () => {
  const scene = await openVoucherScene(hub);
  const { beneficiary } = scene;
  const ids: string[] = [];
  for (let index = 0; index < 22; index++) ids.push(await scene.issue({ amount: 1 }));
  await toldOf(beneficiary, ids.at(-1) as string, "voucher.issued");
  await until(beneficiary, {}, ids.toReversed());
  const again = await connectTerminal(hub, beneficiary.party);
  assert.is(again.session.vouchers.length, 20);
  assert.is(again.session.moreVouchers, true);
  const last = again.session.vouchers.at(-1)?.voucherId as string;
  assert.equal(
    (await list(again, { before: last })).map(({ voucherId }) => voucherId),
    [ids[1], ids[0]],
  );
  again.close();
  scene.close();
});

listing("another's voucher is no place to go on from", async () => {
  const [scene, other] = [await openVoucherScene(hub), await openVoucherScene(hub)];
  const voucherId = await scene.issue();
  for (const before of [voucherId, "v0-AAAAAAAAAAAAAAAA"])
    assert.is(
      errorOf((await other.payer.send("voucher:list", { before })) as VoucherListAck).code,
      "not_found",
    );
  assert.is((await refused(other.payer, "voucher:accept", voucherId, {})).code, "not_found");
  scene.close();
  other.close();
});

listing("an entry that its server has lost is entered again, and one of nothing live leaves", async () => {
  const scene = await openVoucherScene(hub);
  const { issuer, payer, beneficiary } = scene;
  const voucherId = await scene.issue();
  await toldOf(beneficiary, voucherId, "voucher.issued");
  for (const terminal of [issuer, beneficiary]) {
    await until(terminal, {}, [voucherId]);
    await client.del(liveOf(terminal.party));
    if (hub.running.ledger.partitionOf(terminal.party) === hub.running.ledger.partitionOf(payer.party))
      continue;
    await until(terminal, {}, [voucherId]);
  }
  await accepted(beneficiary, "voucher:reject", voucherId, {});
  await until(payer, { state: "rejected" }, [voucherId]);
  // As a server does that went back in time.
  const ended = partitionKeys.endedVouchers(hub.running.ledger.partitionOf(payer.party));
  const members = await client.zrange(ended, "0", "-1");
  const member = members.find((each) => each.startsWith(`${payer.party}:`));
  await client.zadd(liveOf(payer.party), 0, member as string);
  assert.equal(await list(payer), []);
  assert.is(await client.zscore(liveOf(payer.party), member as string), null);
  scene.close();
});

listing(
  "an entry of another time is none: it was issued before the store went back, and anew since",
  async () => {
    const scene = await openVoucherScene(hub);
    const { issuer, beneficiary } = scene;
    const voucherId = await scene.issue();
    await toldOf(beneficiary, voucherId, "voucher.issued");
    for (const terminal of [issuer, beneficiary]) {
      await until(terminal, {}, [voucherId]);
      const stray = `${terminal.party}:1795000000000:${voucherId}`;
      await client.zadd(liveOf(terminal.party), 0, stray);
      await until(terminal, {}, [voucherId]);
      assert.is(await client.zscore(liveOf(terminal.party), stray), null);
    }
    scene.close();
  },
);

/** So many vouchers of a party's, copied in the store from one that was issued: newer, and the newest first. */
async function copies(voucherId: string, count: number, party: string): Promise<string[]> {
  const { voucher: key } = voucherKeys(voucherId);
  const [packed, standing] = await client.hmget(key, "o", "s");
  const terms = unpack(packed as string);
  const issuedAt = Number(terms[7]);
  const ids = Array.from({ length: count }, (_, index) => {
    const [partition = ""] = voucherId.split("-");
    return `${partition}-copy${String(index).padStart(12, "0")}`;
  });
  const steps = client.multi();
  for (const [index, id] of ids.entries()) {
    const at = issuedAt + count - index;
    const offer = pack(terms.map((term, place) => (place === 7 ? at : term)));
    steps.hset(voucherKeys(id).voucher, { o: offer, s: standing as string });
    steps.zadd(liveOf(party), 0, `${party}:${at}:${id}`);
  }
  await steps.exec();
  return ids;
}

listing("a page looks at a few hundred at the most, and says where the next begins", async () => {
  const scene = await openVoucherScene(hub);
  const { payer, beneficiary } = scene;
  const oldest = await scene.issue();
  await accepted(beneficiary, "voucher:accept", oldest, {});
  const newest = await scene.issue();
  await until(payer, {}, [newest, oldest]);
  // What is wanted is the last of all.
  const newer = await copies(newest, 700, payer.party);
  const first = await ask(payer, { state: "accepted" });
  assert.equal([first.vouchers, first.more], [[], true]);
  const seen: string[] = [];
  let pages = 0;
  for (let page = first; ; page = await ask(payer, { state: "accepted", before: page.next as string })) {
    pages += 1;
    seen.push(...page.vouchers.map(({ voucherId }) => voucherId));
    if (!page.more) break;
    assert.ok(page.next);
  }
  assert.equal(seen, [oldest]);
  assert.is(pages, 3);
  // Those of another role are passed over likewise.
  const none = await ask(payer, { role: "issuer" });
  assert.equal([none.vouchers, none.more], [[], true]);
  // What is wanted from the start on comes in whole pages, as before.
  const all: string[] = [];
  for (let before: string | undefined; ; ) {
    const page = await ask(payer, before === undefined ? {} : { before });
    all.push(...page.vouchers.map(({ voucherId }) => voucherId));
    if (!page.more) break;
    assert.is(page.vouchers.length, 100);
    before = all.at(-1);
  }
  assert.equal(all, [...newer, newest, oldest]);
  // The SDK goes on by itself.
  const terminal = await connect(hub.url, { token: await hub.token(payer.party) });
  const found: string[] = [];
  for await (const { voucherId } of terminal.vouchers({ state: "accepted" })) found.push(voucherId);
  assert.equal(found, [oldest]);
  await terminal.close();
  scene.close();
});

listing(
  "what has ended and lives again, since the store went back, is listed among those that live",
  async () => {
    for (const isAlone of [false, true]) {
      const scene = await openVoucherScene(hub);
      const { issuer, payer, beneficiary } = scene;
      const voucherId = await scene.issue();
      await toldOf(beneficiary, voucherId, "voucher.issued");
      for (const terminal of [issuer, payer, beneficiary]) await until(terminal, {}, [voucherId]);
      const own = `ts:{${hub.running.ledger.partitionOf(payer.party)}}:*`;
      const goBack = await rememberStore(client, isAlone ? own : "*");
      await accepted(beneficiary, "voucher:reject", voucherId, {});
      // The payer's server alone goes back after all have moved it, or the whole store before anybody has.
      if (isAlone)
        for (const terminal of [issuer, payer, beneficiary])
          await until(terminal, { state: "rejected" }, [voucherId]);
      await goBack();
      for (const terminal of [payer, issuer, beneficiary]) {
        await until(terminal, {}, [voucherId]);
        await until(terminal, { state: "rejected" }, []);
      }
      await accepted(beneficiary, "voucher:accept", voucherId, {});
      scene.close();
    }
  },
);

listing("what has ended before its issuance left its issuer's index does not live again there", async () => {
  const scene = await openVoucherScene(hub);
  const { issuer, payer, beneficiary } = scene;
  const voucherId = await scene.issue();
  await toldOf(beneficiary, voucherId, "voucher.issued");
  await until(issuer, {}, [voucherId]);
  await accepted(beneficiary, "voucher:reject", voucherId, {});
  await until(issuer, { state: "rejected" }, [voucherId]);
  const { ledger } = hub.running;
  const partition = ledger.partitionOf(issuer.party);
  const live = await client.zrange(liveOf(payer.party), "0", "-1");
  assert.equal(
    live.filter((member) => member.endsWith(voucherId)),
    [],
  );
  const ended = await client.zrange(partitionKeys.endedVouchers(partition), "0", "-1");
  const [member = ""] = ended.filter((each) => each.startsWith(`${issuer.party}:`));
  // An entry of an open issuance that a hub left behind when it died.
  const { indexedAt } = (await loadRecord(hub.running.store, voucherId.slice(1))) as { indexedAt: string };
  await client.zadd(partitionKeys.open(partition), 0, `${issuer.party}:${indexedAt}:${voucherId.slice(1)}`);
  assert.ok((await issuer.list()).ok);
  const open = await client.zrange(partitionKeys.open(partition), "0", "-1");
  assert.equal(
    open.filter((each) => each.endsWith(voucherId.slice(1))),
    [],
  );
  assert.is(await client.zscore(liveOf(issuer.party), member), null);
  scene.close();
});

listing(
  "a payer's entry follows its voucher, whatever was found of it before the store went back",
  async () => {
    const scene = await openVoucherScene(hub);
    const { payer, beneficiary } = scene;
    const [lives, ended] = [await scene.issue(), await scene.issue()];
    await toldOf(beneficiary, ended, "voucher.issued");
    await accepted(beneficiary, "voucher:reject", ended, {});
    await until(payer, { state: "rejected" }, [ended]);
    const { store, book, ledger } = hub.running;
    const home = ledger.partitionOf(payer.party);
    const scripts = new ScriptRunner({ store });
    for (const [voucherId, found] of [
      [lives, "ended"],
      [lives, "gone"],
      [ended, "live"],
    ] as const) {
      const { issuedAt } = await snapshotOf(payer, voucherId);
      const keys = [liveOf(payer.party), partitionKeys.endedVouchers(home), bookKey(home)];
      const member = `${payer.party}:${issuedAt}:${voucherId}`;
      await scripts.run(
        "index-vouchers",
        [...keys, voucherKey(issuanceIdOf(voucherId))],
        [book.id, member, found, 1],
      );
      assert.is((await client.zscore(liveOf(payer.party), member)) !== null, voucherId === lives);
      assert.is(
        (await client.zscore(partitionKeys.endedVouchers(home), member)) !== null,
        voucherId === ended,
      );
    }
    scene.close();
  },
);

listing("what has ended is entered again where a party's server has lost it", async () => {
  const scene = await openVoucherScene(hub);
  const { issuer, payer, beneficiary } = scene;
  const voucherId = await scene.issue();
  await toldOf(beneficiary, voucherId, "voucher.issued");
  await accepted(beneficiary, "voucher:reject", voucherId, {});
  const { ledger } = hub.running;
  for (const terminal of [issuer, beneficiary]) {
    await until(terminal, { state: "rejected" }, [voucherId]);
    const home = ledger.partitionOf(terminal.party);
    if (home === ledger.partitionOf(payer.party)) continue;
    await client.del(partitionKeys.endedVouchers(home));
    await until(terminal, { state: "rejected" }, [voucherId]);
  }
  scene.close();
});

listing.run();
