/** Each wait ends: told by a sweep, or found by whoever comes late. */
import { setTimeout } from "node:timers/promises";
import type { IssuanceEvent } from "@tallystick/protocol";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  issuanceKeys,
  partitionKeys,
  partitionOfIssuance,
  requestKey,
  voucherKey,
} from "../../server/ledger/keys.ts";
import { Ledger } from "../../server/ledger/ledger.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, errorOf, freshId } from "../helpers/raw-terminal.ts";
import { readIssuance } from "../helpers/read-issuance.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { setDeadline } from "../helpers/set-deadline.ts";
import { openScene, passDeadline, type Scene, SITUATIONS, type Situation } from "./scene.ts";

const deadlines = suite("deadlines");

const RETENTION_S = 600;
const RESPOND_WITHIN_MS = 300_000;
const SWEEPING = { SWEEP_INTERVAL: "50", RETENTION: String(RETENTION_S), RATE_LIMIT: "100000" };
/** So seldom that no sweep comes by within a test. */
const SELDOM = { ...SWEEPING, SWEEP_INTERVAL: "60000" };
const OPEN: Situation[] = ["proposed", "agreed", "opened", "opened after a refusal", "verified", "changing"];

let sweeping: TestHub;
let seldom: TestHub;
deadlines.before(async () => {
  sweeping = await startHub({ settings: SWEEPING });
  seldom = await startHub({ settings: SELDOM });
});
deadlines.after(async () => {
  await sweeping.close();
  await seldom.close();
});

/** Waits until the store's clock says so. */
async function waitUntil(hub: TestHub, time: number): Promise<void> {
  const left = time - (await hub.running.ledger.now());
  if (left > 0) await setTimeout(left);
}

async function logOf(scene: Scene, issuanceId: string): Promise<IssuanceEvent[]> {
  const answer = await scene.issuer.sync(issuanceId);
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.events;
}

deadlines(
  "an invitation that nobody answers in the time that the issuer gave expires, and both are told",
  async () => {
    const scene = await openScene(sweeping);
    const other = await connectTerminal(sweeping, scene.payer.party);
    const { issuanceId, createdAt, deadline } = await scene.request({ respondWithin: 1 });
    assert.is(deadline, createdAt + 1000);
    for (const terminal of [scene.issuer, scene.payer, other]) {
      const event = await terminal.told(issuanceId, "issuance.expired");
      assert.equal([event.version, event.by, event.state, event.deadline], [2, "hub", "expired", undefined]);
      assert.ok(event.at >= createdAt + 1000);
    }
    const late = await scene.payer.refused("payer:agree", { issuanceId });
    assert.equal([late.code, late.details], ["wrong_state", { state: "expired" }]);
    for (const terminal of [scene, other]) terminal.close();
  },
);

for (const [settings, waits] of [
  [{ RESPOND_WITHIN: "7", WAIT_WITHIN: "11" }, [7, 11]],
  [{ RESPOND_WITHIN: "20", WAIT_WITHIN: "11" }, [20, 11]],
] as const) {
  deadlines(
    `the operator sets both waits: ${waits[0]} s to answer, ${waits[1]} s for every other`,
    async () => {
      const hub = await startHub({ settings: { ...SELDOM, ...settings } });
      const scene = await openScene(hub);
      for (const situation of OPEN) {
        const { issuanceId, deadline } = await scene.reach(situation);
        const { at } = (await logOf(scene, issuanceId)).at(-1) as IssuanceEvent;
        assert.is((deadline ?? 0) - at, 1000 * (situation === "proposed" ? waits[0] : waits[1]), situation);
      }
      const wait = async (respondWithin: number) => {
        const { createdAt, deadline } = await scene.request({ respondWithin });
        return (deadline ?? 0) - createdAt;
      };
      assert.is(await wait(3), 3000);
      // The issuer can shorten the wait and not lengthen it.
      assert.is(await wait(3600), 1000 * waits[0]);
      const own = await openScene(hub, { isSelf: true });
      const { createdAt, deadline } = await own.request();
      assert.is((deadline ?? 0) - createdAt, 1000 * waits[1]);
      scene.close();
      own.close();
      await hub.close();
    },
  );
}

deadlines("every wait has a deadline that the sweep finds, and what has ended has none", async () => {
  const scene = await openScene(sweeping);
  for (const situation of Object.keys(SITUATIONS) as Situation[]) {
    const { issuanceId, createdAt } = await scene.reach(situation);
    const queue = partitionKeys.deadlines(partitionOfIssuance(issuanceId));
    const queued = await sweeping.running.store.zscore(queue, issuanceId);
    // The first of its waits, since each of the others ends later.
    const first = String(createdAt + RESPOND_WITHIN_MS);
    const isOpen = OPEN.includes(situation) || situation.startsWith("changing");
    assert.is(queued, isOpen ? first : null, situation);
  }
  scene.close();
});

for (const situation of OPEN) {
  deadlines(
    `a command that comes late to what is ${situation} finds it expired, though no sweep came by`,
    async () => {
      const scene = await openScene(seldom);
      const { issuanceId, version } = await scene.reach(situation);
      await passDeadline(seldom, issuanceId);
      const before = await scene.account("good");
      const error = await scene.issuer.refused("issuance:cancel", { issuanceId, ifVersion: 64 });
      assert.equal([error.code, error.details], ["wrong_state", { state: "expired" }]);
      // Whoever finds it has it written down, and both told.
      const event = await scene.payer.told(issuanceId, "issuance.expired");
      assert.equal(await scene.issuer.told(issuanceId, "issuance.expired"), event);
      assert.is(event.version, version + 1);
      const again = await scene.issuer.refused("issuance:cancel", { issuanceId });
      assert.equal(again, error);
      assert.equal(await scene.account("good"), before);
      scene.close();
    },
  );
}

deadlines(
  "a late command is answered once, also when the store can't write that it has expired",
  async () => {
    const scene = await openScene(seldom);
    const { issuanceId } = await scene.reach("agreed");
    await passDeadline(seldom, issuanceId);
    const { store } = seldom.running;
    // Its memory is full: a script may look at the record, and fails when it writes.
    await (store as Redis).config("SET", "maxmemory", "1");
    const answers = () => scene.issuer.frames.filter((frame) => /^3\d+\[/.test(frame)).length;
    const before = answers();
    const error = await scene.issuer.refused("issuance:cancel", { issuanceId });
    assert.equal([error.code, error.details], ["wrong_state", { state: "expired" }]);
    await scene.issuer.settle();
    await scene.payer.settle();
    const since = answers() - before;
    await (store as Redis).config("SET", "maxmemory", "0");
    // The command's own, and that of the message by which the terminal settles.
    assert.is(since, 2);
    scene.close();
  },
);

deadlines("of what is late a stranger still learns nothing, and a wrong role is told so first", async () => {
  const scene = await openScene(seldom);
  const stranger = await connectTerminal(seldom, "late-stranger");
  const { issuanceId } = await scene.reach("agreed");
  await passDeadline(seldom, issuanceId);
  assert.is((await stranger.refused("issuance:cancel", { issuanceId })).code, "not_found");
  assert.is(errorOf(await stranger.sync(issuanceId)).code, "not_found");
  assert.is((await scene.payer.refused("issuance:open", { issuanceId })).code, "forbidden");
  assert.is((await logOf(scene, issuanceId)).at(-1)?.type, "issuance.expired");
  stranger.close();
  scene.close();
});

deadlines("a command that was done in time is answered the same after the deadline", async () => {
  const scene = await openScene(seldom);
  const { issuanceId } = await scene.reach("proposed");
  const payload = { issuanceId, commandId: freshId() };
  const first = await scene.payer.accepted("payer:agree", payload);
  await passDeadline(seldom, issuanceId);
  assert.equal(await scene.payer.command("payer:agree", payload), first);
  scene.close();
});

deadlines("a sync that comes late finds it expired, and so does a list", async () => {
  const scene = await openScene(seldom);
  const { issuanceId } = await scene.reach("opened");
  await passDeadline(seldom, issuanceId);
  const answer = await scene.payer.sync(issuanceId);
  assert.ok(answer.ok);
  assert.is(answer.issuance.state, "expired");
  assert.is(answer.issuance.deadline, undefined);
  assert.is(answer.events.at(-1)?.type, "issuance.expired");
  const list = await scene.payer.list();
  assert.ok(list.ok && list.open.length === 0);
  scene.close();
});

deadlines(
  "commands at the very moment of the deadline: either they are in time or it has expired, never both",
  async () => {
    const scene = await openScene(sweeping);
    const requests = await Promise.all(Array.from({ length: 60 }, () => scene.request({ respondWithin: 1 })));
    const end = Math.min(...requests.map(({ deadline = 0 }) => deadline));
    await waitUntil(sweeping, end - 15);
    const answers = [];
    for (const { issuanceId } of requests) {
      answers.push({ issuanceId, answer: await scene.payer.command("payer:agree", { issuanceId }) });
      await setTimeout(1);
    }
    for (const { issuanceId, answer } of answers) {
      if (!answer.ok) await scene.payer.told(issuanceId, "issuance.expired");
      const [, second, ...more] = await logOf(scene, issuanceId);
      assert.equal(more, []);
      if (answer.ok) assert.equal(second, answer.event);
      else {
        assert.equal([answer.error.code, answer.error.details], ["wrong_state", { state: "expired" }]);
        assert.is(second?.type, "issuance.expired");
      }
    }
    scene.close();
  },
);

deadlines("two hubs that sweep one store at once expire each issuance once, and tell it once", async () => {
  const redis: TestRedis = await startRedis();
  const hubs = [];
  for (let count = 0; count < 2; count++) {
    hubs.push(await startHub({ redisUrl: redis.url, settings: SWEEPING }));
  }
  const scenes = await Promise.all(hubs.map((hub) => openScene(hub)));
  const requests = await Promise.all(
    scenes.flatMap((scene) =>
      Array.from({ length: 50 }, async () => ({ scene, ...(await scene.request({ respondWithin: 1 })) })),
    ),
  );
  for (const { scene, issuanceId } of requests) await scene.payer.told(issuanceId, "issuance.expired");
  for (const { scene, issuanceId } of requests) {
    await scene.issuer.told(issuanceId, "issuance.expired");
    assert.equal(
      (await logOf(scene, issuanceId)).map(({ type }) => type),
      ["payer.requested", "issuance.expired"],
    );
    for (const { events } of [scene.issuer, scene.payer]) {
      const told = events.filter(
        (event) => event.issuanceId === issuanceId && event.type === "issuance.expired",
      );
      assert.is(told.length, 1);
    }
  }
  for (const scene of scenes) scene.close();
  for (const hub of hubs) await hub.close();
  await redis.stop();
});

deadlines("when the hub that sweeps is gone, another takes over", async () => {
  const redis = await startRedis();
  const first = await startHub({ redisUrl: redis.url, settings: SWEEPING });
  const second = await startHub({ redisUrl: redis.url, settings: SWEEPING });
  const scene = await openScene(second);
  for (const hub of [undefined, first]) {
    const { issuanceId } = await scene.request({ respondWithin: 1 });
    await hub?.close();
    await scene.issuer.told(issuanceId, "issuance.expired");
  }
  scene.close();
  await second.close();
  await redis.stop();
});

deadlines("a deadline that passed while no hub was up is found by the next one", async () => {
  const redis = await startRedis();
  const before = await startHub({ redisUrl: redis.url, settings: SWEEPING });
  const scene = await openScene(before);
  const { issuanceId } = await scene.reach("verified");
  await before.close();
  const client = redis.client();
  const queue = partitionKeys.deadlines(partitionOfIssuance(issuanceId));
  await setDeadline(client, issuanceId, 1);
  await client.zadd(queue, 1, issuanceId);

  const after = await startHub({ redisUrl: redis.url, settings: SWEEPING });
  while ((await client.zscore(queue, issuanceId)) !== null) await setTimeout(20);
  const reading = await readIssuance(after.running.ledger, issuanceId, { after: 4 });
  assert.equal(
    reading.events.map(({ type }) => type),
    ["issuance.expired"],
  );
  await after.close();
  await redis.stop();
});

deadlines("a sweep takes more than a batch, and leaves what is not due", async () => {
  const scene = await openScene(sweeping);
  const due = await Promise.all(Array.from({ length: 250 }, () => scene.request({ respondWithin: 1 })));
  const later = await scene.request();
  await Promise.all(due.map(({ issuanceId }) => scene.payer.told(issuanceId, "issuance.expired")));
  const answer = await scene.payer.sync(later.issuanceId);
  assert.ok(answer.ok && answer.issuance.state === "proposed");
  scene.close();
});

deadlines(
  "what ended without a voucher leaves the store in time, with all that belongs to it; a voucher stays",
  async () => {
    const scene = await openScene(sweeping);
    const { ledger, store } = sweeping.running;
    const home = ledger.partitionOf(scene.issuer.party);
    for (const situation of Object.keys(SITUATIONS) as Situation[]) {
      const { issuanceId, state } = await scene.reach(situation);
      await ledger.openIssuances.pruneEnded();
      const [issuance] = issuanceKeys(issuanceId);
      const ended = ["declined", "cancelled", "expired", "failed"].includes(state);
      for (const key of [issuance, requestKey(home, issuanceId)]) {
        const left = await store.pttl(key);
        if (ended)
          assert.ok(
            left > (RETENTION_S - 60) * 1000 && left <= RETENTION_S * 1000,
            `${situation}: ${key} ${left}`,
          );
        else assert.is(left, -1, `${situation}: ${key}`);
      }
      assert.is(await store.pttl(voucherKey(issuanceId)), state === "issued" ? -1 : -2, situation);
    }
    scene.close();
  },
);

deadlines(
  "what a killed hub did not take out of an index goes when the issuer looks, and is kept no longer",
  async () => {
    const { ledger, store, book } = seldom.running;
    for (const isSelf of [true, false]) {
      const scene = await openScene(seldom, { isSelf });
      // Straight through another ledger, which forgets what it would still have to do.
      const { issuanceId } = await scene.request();
      const lost = new Ledger({
        store,
        book,
        partitions: 16,
        respondWithinMs: 300_000,
        waitMs: 900_000,
        retentionMs: RETENTION_S * 1000,
        maxValidFor: 365 * 24 * 3600,
        settle: "book" as const,
        fencesPerParty: 20,
      });
      await lost.execute(
        "issuance:cancel",
        { party: scene.issuer.party },
        { issuanceId, commandId: freshId() },
      );
      const key = requestKey(ledger.partitionOf(scene.issuer.party), issuanceId);
      const list = await scene.issuer.list();
      assert.ok(list.ok && list.open.length === 0);
      assert.ok((await store.pttl(key)) > 0);
      scene.close();
    }
  },
);

deadlines.run();
