/** issuance:list and session:ready: every open issuance once, newest first, a page at a time. */
import { setTimeout } from "node:timers/promises";
import type { ListAck, OpenIssuance } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { partitionKeys, partitionOf, requestKey } from "../../server/ledger/keys.ts";
import { loadRecord } from "../../server/ledger/record.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, errorOf, type RawTerminal } from "../helpers/raw-terminal.ts";

const listing = suite("listing");

const PAGE = 100;
const PARTITIONS = 16;

let hub: TestHub;
listing.before(async () => {
  hub = await startHub({ settings: { RATE_LIMIT: "100000", PARTITIONS: String(PARTITIONS) } });
});
listing.after(() => hub.close());

async function request(issuer: RawTerminal, payer: string): Promise<string> {
  const { issuance } = await issuer.accepted("payer:request", { payer, amount: 1, currency: "CNY" });
  return issuance.issuanceId;
}

function pageOf(answer: ListAck): { open: OpenIssuance[]; more: boolean } {
  if (!answer.ok) throw new Error(answer.error.message);
  return answer;
}

/** All pages, from the session's own on. */
async function listAll(party: string): Promise<{ all: OpenIssuance[]; sizes: number[] }> {
  const terminal = await connectTerminal(hub, party);
  let { open, more } = terminal.session;
  assert.equal(pageOf(await terminal.list()), { ok: true, open, more });
  const all = [...open];
  const sizes = [open.length];
  while (more) {
    ({ open, more } = pageOf(await terminal.list(all.at(-1)?.issuanceId)));
    all.push(...open);
    sizes.push(open.length);
  }
  terminal.close();
  return { all, sizes };
}

/** When the index was written, which is what the list is sorted by. */
async function indexedAt(issuanceId: string): Promise<string | undefined> {
  return (await loadRecord(hub.running.store, issuanceId))?.indexedAt;
}

listing("more than a page as issuer and as payer: each once, newest first", async () => {
  const busy = await connectTerminal(hub, "busy");
  const others = await Promise.all(["o-1", "o-2", "o-3", "o-4"].map((party) => connectTerminal(hub, party)));
  const partitions = new Set(others.map(({ party }) => partitionOf(party, PARTITIONS)));
  assert.ok(partitions.size > 1);
  const roles = new Map<string, string>();
  for (let round = 0; round < 36; round++) {
    for (const other of others) {
      roles.set(await request(busy, other.party), "issuer");
      roles.set(await request(other, busy.party), "payer");
      // What has ended is not listed, wherever it stood.
      const ended = await request(round % 2 ? busy : other, round % 2 ? other.party : busy.party);
      await busy.accepted("issuance:cancel", { issuanceId: ended });
    }
    roles.set(await request(busy, busy.party), "issuer");
  }
  const { all, sizes } = await listAll("busy");
  assert.equal(sizes, [PAGE, PAGE, PAGE, 324 - 3 * PAGE]);
  const ids = all.map(({ issuanceId }) => issuanceId);
  assert.equal([...ids].sort(), [...roles.keys()].sort());
  for (const { issuanceId, role } of all) assert.is(role, roles.get(issuanceId));
  const times = await Promise.all(ids.map(indexedAt));
  assert.equal(times, [...times].sort().reverse());
  for (const terminal of [busy, ...others]) terminal.close();
});

for (const count of [PAGE - 1, PAGE, PAGE + 1]) {
  listing(`${count} open issuances are ${count > PAGE ? "two pages" : "one page"}`, async () => {
    const issuer = await connectTerminal(hub, `issuer-of-${count}`);
    for (let index = 0; index < count; index++) await request(issuer, `payer-of-${count}`);
    for (const party of [`issuer-of-${count}`, `payer-of-${count}`]) {
      const { all, sizes } = await listAll(party);
      assert.is(all.length, count);
      assert.is(sizes.length, count > PAGE ? 2 : 1);
    }
    issuer.close();
  });
}

listing("a page goes on where the one before ended, though that issuance has ended since", async () => {
  const issuer = await connectTerminal(hub, "moving");
  const ids: string[] = [];
  for (let index = 0; index < PAGE + 20; index++) ids.unshift(await request(issuer, "moving-payer"));
  const first = pageOf(await issuer.list());
  const last = first.open.at(-1)?.issuanceId as string;
  await issuer.accepted("issuance:cancel", { issuanceId: last });
  const second = pageOf(await issuer.list(last));
  assert.equal([...first.open, ...second.open].map(({ issuanceId }) => issuanceId).sort(), [...ids].sort());
  issuer.close();
});

listing("a party with nothing open has an empty list", async () => {
  const idle = await connectTerminal(hub, "idle");
  assert.equal([idle.session.open, idle.session.more], [[], false]);
  assert.equal(pageOf(await idle.list()), { ok: true, open: [], more: false });
  assert.is(errorOf(await idle.list("0-AAAAAAAAAAAAAAAA")).code, "not_found");
  idle.close();
});

listing("parties whose names begin alike have lists of their own", async () => {
  const names = ["al", "al-1", "al.1", "al_1", "al0", "ala"];
  const terminals = await Promise.all(names.map((party) => connectTerminal(hub, party)));
  for (const terminal of terminals) await request(terminal, "al-payer");
  for (const terminal of terminals) assert.is(pageOf(await terminal.list()).open.length, 1, terminal.party);
  for (const terminal of terminals) terminal.close();
});

listing("what has ended leaves the indexes of both, in whichever partitions they are", async () => {
  const { store } = hub.running;
  const payer = await connectTerminal(hub, "pruned-payer");
  const home = partitionOf("pruned-payer", PARTITIONS);
  const issuers = ["pruned-payer", ...Array.from({ length: 40 }, (_, index) => `pruned-${index}`)];
  assert.ok(issuers.filter((party) => partitionOf(party, PARTITIONS) === home).length > 1);
  for (const party of issuers) {
    const issuer = await connectTerminal(hub, party);
    const issuanceId = await request(issuer, "pruned-payer");
    await issuer.accepted("issuance:cancel", { issuanceId });
    assert.equal(pageOf(await issuer.list()).open, []);
    const kept = await store.zrange(partitionKeys.open(partitionOf(party, PARTITIONS)), "0", "-1");
    assert.not.ok(kept.some((member) => member.includes(issuanceId)));
    issuer.close();
  }
  payer.close();
});

listing("what an issuer's server has lost of its index is back in it soon", async () => {
  const own = await startHub({ settings: { PARTITIONS: String(PARTITIONS) } });
  const { store } = own.running;
  const issuer = await connectTerminal(own, "lost-issuer");
  const issuanceId = await request(issuer, "lost-payer");
  const [home = 0, payers = 0] = ["lost-issuer", "lost-payer"].map((party) => partitionOf(party, PARTITIONS));
  assert.is.not(home, payers);
  await store.del(partitionKeys.open(home), requestKey(home, issuanceId));
  assert.equal(pageOf(await issuer.list()).open, []);
  const end = performance.now() + 60_000;
  while (pageOf(await issuer.list()).open[0]?.issuanceId !== issuanceId) {
    assert.ok(performance.now() < end, "it did not come back");
    await setTimeout(100);
  }
  issuer.close();
  await own.close();
});

listing.run();
