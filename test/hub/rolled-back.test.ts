/** A store that went back in time is noticed, and nothing is done on top of what it lost until an operator decides. */
import type { Fence, FencePage, SessionFenced, Snapshot, State } from "@tallystick/protocol";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { issuanceKeys, partitionKeys } from "../../server/ledger/keys.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, errorOf, freshId, type RawTerminal } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { rememberStore } from "../helpers/rewind.ts";
import { call, jsonOf, refusedWith } from "../http/client.ts";
import { AMOUNT, openScene, passDeadline, type Scene, submission } from "./scene.ts";

const rolledBack = suite("a store that went back in time");

let redis: TestRedis;
let client: Redis;
let hub: TestHub;
let scene: Scene;
let operator: string;
rolledBack.before(async () => {
  redis = await startRedis();
  client = redis.client();
  hub = await startHub({ redisUrl: redis.url });
  operator = await hub.token("bank", { operator: true });
});
rolledBack.after(async () => {
  await hub.close();
  await redis.stop();
});
rolledBack.before.each(async () => {
  scene = await openScene(hub);
});
rolledBack.after.each(() => scene.close());

const fences = async () =>
  (jsonOf(await call(hub, "GET", "/v1/fences?limit=1000", { token: operator })) as FencePage).fences;
const fenceOf = async (issuanceId: string) =>
  (await fences()).find((fence) => fence.issuanceId === issuanceId);
const decide = (issuanceId: string, body: object) =>
  call(hub, "POST", `/v1/fences/${issuanceId}`, { token: operator, body });

/** What the audit finds once the indexes have been walked, as they are all the time: a store may go back before an entry has moved. */
async function findings() {
  const { indexRepair, partitions } = hub.running.ledger;
  for (let partition = 0; partition < partitions; partition++)
    await indexRepair.step(partition, (error) => assert.unreachable(String(error)));
  return (await audit(hub.running)).findings;
}

/** An issuance at version 3, `opened`, of which the store has kept version 2, `agreed`. */
async function loseOpening(): Promise<{ before: Snapshot; known: Snapshot }> {
  const before = await scene.reach("agreed");
  const rewind = await rememberStore(client);
  const { issuance } = await scene.issuer.accepted("issuance:open", { issuanceId: before.issuanceId });
  await rewind();
  return { before, known: issuance };
}

/** Asks as a terminal that was told `known`. */
async function syncFrom(known: Snapshot, options: { digest?: boolean } = {}) {
  const { issuanceId, version: after, digest } = known;
  return (await scene.issuer.send("issuance:sync", {
    issuanceId,
    after,
    ...(options.digest !== false && { digest }),
  })) as Awaited<ReturnType<Scene["issuer"]["sync"]>>;
}

rolledBack(
  "a terminal that knows a higher version is told, and the issuance is fenced for both sides",
  async () => {
    const { before, known } = await loseOpening();
    const { issuanceId } = before;
    const error = errorOf(await syncFrom(known, { digest: false }));
    assert.is(error.code, "rolled_back");
    assert.equal(error.details, { version: 2 });
    for (const refusal of [
      await scene.issuer.refused("issuance:open", { issuanceId }),
      await scene.payer.refused("account:submit", submission(scene, issuanceId, "good")),
    ]) {
      assert.is(refusal.code, "rolled_back");
      assert.equal(refusal.details, { version: 2 });
    }
    // Reading does no harm to whoever knows no more than the store.
    const read = await scene.payer.sync(issuanceId, 2);
    assert.equal(read.ok && read.issuance, before);
  },
);

rolledBack("another event under the same version shows it as well", async () => {
  const { before, known } = await loseOpening();
  await scene.issuer.accepted("issuance:cancel", { issuanceId: before.issuanceId });
  const without = await syncFrom(known, { digest: false });
  assert.ok(without.ok, "a terminal that does not tell its digest can't show it");
  assert.is(errorOf(await syncFrom(known)).code, "rolled_back");
  assert.is((await fenceOf(before.issuanceId))?.digest, known.digest);
});

rolledBack("a terminal that is up to date, or behind, is told nothing of the kind", async () => {
  const known = await scene.reach("verified");
  assert.ok((await syncFrom(known)).ok);
  const all = await scene.issuer.sync(known.issuanceId);
  const first = all.ok ? all.events[0] : undefined;
  assert.ok((await syncFrom({ ...known, version: 1, digest: first?.digest ?? "" })).ok);
  assert.is(await fenceOf(known.issuanceId), undefined);
});

rolledBack("whoever takes no part can fence nothing", async () => {
  const { issuanceId } = await scene.reach("agreed");
  const stranger = await connectTerminal(hub, "stranger");
  assert.is(errorOf(await stranger.sync(issuanceId, 64)).code, "not_found");
  assert.is(await fenceOf(issuanceId), undefined);
  await scene.issuer.accepted("issuance:open", { issuanceId });
  stranger.close();
});

rolledBack("an operator sees who showed it and what is known; a terminal sees none of it", async () => {
  const { before, known } = await loseOpening();
  await syncFrom(known);
  const fence = (await fenceOf(before.issuanceId)) as Fence;
  assert.equal(
    { ...fence, at: 0 },
    {
      issuanceId: before.issuanceId,
      by: "issuer",
      version: 3,
      digest: known.digest,
      at: 0,
      issuance: before,
    },
  );
  const token = await hub.token(scene.issuer.party);
  refusedWith(await call(hub, "GET", "/v1/fences", { token }), 403, "forbidden");
  const path = `/v1/fences/${before.issuanceId}`;
  refusedWith(await call(hub, "POST", path, { token, body: { decision: "resume" } }), 403, "forbidden");
});

rolledBack("resumed, it goes on from what the store has, and a late terminal fences it no more", async () => {
  const { before, known } = await loseOpening();
  const { issuanceId } = before;
  await syncFrom(known);
  const resumed = jsonOf(await decide(issuanceId, { decision: "resume" })) as Snapshot;
  assert.is(resumed.version, 2);
  assert.is(await fenceOf(issuanceId), undefined);
  assert.is(errorOf(await syncFrom(known)).code, "rolled_back", "it still has to load the issuance anew");
  await scene.issuer.accepted("issuance:open", { issuanceId });
  await scene.submit(issuanceId, "good");
  await scene.issuer.accepted("issuance:accept", { issuanceId });
  assert.is((await scene.account("good")).frozen, AMOUNT);
  assert.equal(await findings(), []);
});

rolledBack("A6: what is lost again under a version that was decided about is fenced again", async () => {
  const { issuanceId } = await scene.reach("verified");
  const accepted: Snapshot[] = [];
  for (const round of ["first", "second", "third"]) {
    const rewind = await rememberStore(client);
    accepted.push((await scene.issuer.accepted("issuance:accept", { issuanceId })).issuance);
    await rewind();
    assert.is(errorOf(await syncFrom(accepted.at(-1) as Snapshot)).code, "rolled_back");
    assert.is((await fenceOf(issuanceId))?.digest, accepted.at(-1)?.digest, round);
    jsonOf(await decide(issuanceId, { decision: "resume" }));
  }
  assert.is(new Set(accepted.map(({ version }) => version)).size, 1);
  // Each was decided about, and fences nothing any more.
  for (const known of accepted) await syncFrom(known);
  assert.is(await fenceOf(issuanceId), undefined);
});

rolledBack("A6: no claim, however high, blinds the issuance for those that follow", async () => {
  const agreed = await scene.reach("agreed");
  const { issuanceId } = agreed;
  await syncFrom({ ...agreed, version: 64, digest: "0123456789ab" });
  jsonOf(await decide(issuanceId, { decision: "resume" }));
  const rewind = await rememberStore(client);
  const { issuance: known } = await scene.issuer.accepted("issuance:open", { issuanceId });
  await rewind();
  await syncFrom(known);
  assert.is((await fenceOf(issuanceId))?.digest, known.digest);
});

rolledBack("only so many decisions are remembered, and the newest among them", async () => {
  const { issuanceId, ...rest } = await scene.reach("agreed");
  const claim = (index: number) => ({
    issuanceId,
    ...rest,
    version: 9,
    digest: index.toString(16).padStart(12, "0"),
  });
  for (let index = 0; index < 40; index++) {
    await syncFrom(claim(index));
    jsonOf(await decide(issuanceId, { decision: "resume" }));
  }
  const [key] = issuanceKeys(issuanceId);
  assert.ok((await client.hstrlen(key, "d")) <= 320);
  for (const index of [39, 30, 25]) await syncFrom(claim(index));
  assert.is(await fenceOf(issuanceId), undefined);
});

rolledBack("cancelled by the operator, both sides are told live, with the reason", async () => {
  const { before, known } = await loseOpening();
  const { issuanceId } = before;
  // A session is told of what it follows; after a loss of the store's line, terminals sync.
  await scene.issuer.sync(issuanceId);
  await scene.payer.sync(issuanceId);
  await syncFrom(known);
  jsonOf(await decide(issuanceId, { decision: "cancel", reason: "lost in the failover" }));
  for (const terminal of [scene.issuer, scene.payer]) {
    const told = await terminal.told(issuanceId, "issuance.cancelled");
    assert.is(told.by, "hub");
    assert.is((told as { reason?: string }).reason, "lost in the failover");
  }
  assert.is((await scene.issuer.refused("issuance:open", { issuanceId })).code, "wrong_state");
  assert.equal(await findings(), []);
});

rolledBack("a voucher that was lost with its freeze can be issued again, once", async () => {
  const verified = await scene.reach("verified");
  const { issuanceId } = verified;
  const rewind = await rememberStore(client);
  const { issuance } = await scene.issuer.accepted("issuance:accept", { issuanceId });
  await rewind();
  assert.is((await scene.account("good")).frozen, 0);
  assert.is(errorOf(await syncFrom(issuance)).code, "rolled_back");
  assert.is((await scene.issuer.refused("issuance:accept", { issuanceId })).code, "rolled_back");
  await decide(issuanceId, { decision: "resume" });
  const again = await scene.issuer.accepted("issuance:accept", { issuanceId });
  assert.is(again.issuance.voucher?.voucherId, issuance.voucher?.voucherId);
  assert.is((await scene.account("good")).frozen, AMOUNT);
  // Both were noted as ended; the issuer's index gets the voucher that there is.
  await hub.running.ledger.openIssuances.pruneEnded();
  assert.equal(await findings(), []);
});

const CAN_END: [
  what: string,
  situation: "proposed" | "verified",
  end: (id: string) => Promise<unknown>,
  state: State,
][] = [
  [
    "the payer declines",
    "proposed",
    (id) => scene.payer.accepted("payer:decline", { issuanceId: id }),
    "declined",
  ],
  [
    "the payer cancels",
    "verified",
    (id) => scene.payer.accepted("issuance:cancel", { issuanceId: id }),
    "cancelled",
  ],
  [
    "the issuer cancels",
    "verified",
    (id) => scene.issuer.accepted("issuance:cancel", { issuanceId: id }),
    "cancelled",
  ],
  [
    "its deadline passes",
    "verified",
    (id) => passDeadline(hub, id).then(() => hub.running.ledger.expire(id)),
    "expired",
  ],
];
for (const [what, situation, end, state] of CAN_END) {
  rolledBack(
    `a fence takes no right: when ${what} it ends, and stays listed until it is closed`,
    async () => {
      const before = await scene.reach(situation);
      const { issuanceId } = before;
      await syncFrom({ ...before, version: 9 });
      if (situation === "verified")
        assert.is((await scene.issuer.refused("issuance:accept", { issuanceId })).code, "rolled_back");
      await end(issuanceId);
      const fence = (await fenceOf(issuanceId)) as Fence;
      assert.equal(
        [fence.version, fence.issuance?.state, fence.issuance?.version],
        [9, state, before.version + 1],
      );
      const [key] = issuanceKeys(issuanceId);
      assert.is(await client.pttl(key), -1, "it stays while it is fenced");
      assert.equal(await findings(), []);
      refusedWith(await decide(issuanceId, { decision: "cancel" }), 409, "wrong_state");
      jsonOf(await decide(issuanceId, { decision: "resume" }));
      assert.is(await fenceOf(issuanceId), undefined);
      assert.ok((await client.pttl(key)) > 0);
    },
  );
}

rolledBack(
  "a sync finds a deadline passed under a fence as well; resumed before, it has a new one",
  async () => {
    const { before, known } = await loseOpening();
    const { issuanceId } = before;
    await syncFrom(known);
    const resumed = jsonOf(await decide(issuanceId, { decision: "resume" })) as Snapshot;
    assert.ok((resumed.deadline ?? 0) >= (before.deadline ?? 0));
    const [, deadlines] = issuanceKeys(issuanceId);
    assert.is(await client.zscore(deadlines, issuanceId), String(resumed.deadline));
    await syncFrom({ ...known, digest: "0123456789ab" });
    assert.ok(await fenceOf(issuanceId));
    await passDeadline(hub, issuanceId);
    const read = await scene.payer.sync(issuanceId, 0);
    assert.is(read.ok && read.issuance.state, "expired");
  },
);

rolledBack("the other side is told at once, at whichever hub it is, and nobody else", async () => {
  const other = await startHub({ redisUrl: redis.url });
  const { payer, issuer } = scene;
  const far = await connectTerminal(other, payer.party);
  const stranger = await connectTerminal(other, "stranger");
  const { before, known } = await loseOpening();
  const heard = [payer, far].map((terminal) => fencedAt(terminal));
  const unheard = [issuer, stranger].map((terminal) => fencedAt(terminal));
  await syncFrom(known);
  assert.equal(await Promise.all(heard), Array(2).fill({ issuanceId: before.issuanceId }));
  await Promise.all([issuer, stranger, payer].map((terminal) => terminal.settle()));
  assert.equal(await Promise.race([...unheard, "nothing"]), "nothing");
  // It is told once, and not with each terminal that shows the same.
  const again = fencedAt(payer);
  await syncFrom(known);
  await payer.settle();
  assert.is(await Promise.race([again, "nothing"]), "nothing");
  for (const terminal of [far, stranger]) terminal.close();
  await other.close();
});

function fencedAt(terminal: RawTerminal): Promise<SessionFenced> {
  return new Promise((resolve) => terminal.socket.once("session:fenced", resolve));
}

rolledBack("what had ended stays until it is decided, and can only be resumed", async () => {
  const agreed = await scene.reach("agreed");
  const rewind = await rememberStore(client);
  const { issuance: known } = await scene.issuer.accepted("issuance:open", { issuanceId: agreed.issuanceId });
  await rewind();
  await scene.payer.accepted("issuance:cancel", { issuanceId: agreed.issuanceId });
  const [key] = issuanceKeys(agreed.issuanceId);
  assert.ok((await client.pttl(key)) > 0);
  await syncFrom(known);
  assert.is(await client.pttl(key), -1);
  const refused = refusedWith(await decide(agreed.issuanceId, { decision: "cancel" }), 409, "wrong_state");
  assert.match(refused.detail, "it has ended and can only be resumed");
  jsonOf(await decide(agreed.issuanceId, { decision: "resume" }));
  assert.ok((await client.pttl(key)) > 0);
});

rolledBack("a command that was done before is answered the same again behind the fence", async () => {
  const { issuanceId } = await scene.reach("proposed");
  const payload = { issuanceId, commandId: freshId() };
  const first = await scene.payer.accepted("payer:agree", payload);
  const rewind = await rememberStore(client);
  const { issuance: known } = await scene.issuer.accepted("issuance:open", { issuanceId });
  await rewind();
  await syncFrom(known);
  assert.equal(await scene.payer.accepted("payer:agree", payload), first);
});

rolledBack(
  "a decision is answered the same again; another one, or one about nothing, is refused",
  async () => {
    const { before, known } = await loseOpening();
    await syncFrom(known);
    const first = jsonOf(await decide(before.issuanceId, { decision: "resume" })) as Snapshot;
    assert.equal(jsonOf(await decide(before.issuanceId, { decision: "resume" })), first);
    refusedWith(await decide(before.issuanceId, { decision: "cancel" }), 409, "wrong_state");
    const untouched = await scene.reach("proposed");
    refusedWith(await decide(untouched.issuanceId, { decision: "resume" }), 409, "wrong_state");
    refusedWith(await decide("3-AAAAAAAAAAAAAAAA", { decision: "resume" }), 404, "not_found");
    refusedWith(await decide(before.issuanceId, { decision: "forget" }), 400, "invalid_request");
  },
);

rolledBack("the journal says when it was fenced, by whom, and what was decided", async () => {
  const { before, known } = await loseOpening();
  const { issuanceId } = before;
  await syncFrom(known);
  await syncFrom(known);
  await decide(issuanceId, { decision: "resume" });
  const partition = Number(issuanceId.split("-")[0]);
  const entries = await client.xrange(partitionKeys.journal(partition), "-", "+");
  const told = entries.map(([, fields]) => fields).filter((fields) => fields.includes(issuanceId));
  assert.equal(
    told.map((fields) => fields[3]).filter((event) => event?.startsWith("issuance.")),
    ["issuance.fenced", "issuance.resumed"],
  );
});

rolledBack.run();
