/** Round trips to the store (design, section 6): one for a command, two for payer:request, seen by the store itself. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { type Monitor, monitorCommands } from "../helpers/monitor.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { openScene, type Scene, type Situation, submission } from "../hub/scene.ts";

const roundTrips = suite("round trips");

let redis: TestRedis;
let hub: TestHub;
let scene: Scene;
let monitor: Monitor;
/** What clients sent to the store, without what scripts did there. */
const sent: string[] = [];
roundTrips.before(async () => {
  redis = await startRedis();
  // A minute between two sweeps, so that the hub does nothing by itself.
  hub = await startHub({ redisUrl: redis.url, settings: { SWEEP_INTERVAL: "60000", RATE_LIMIT: "100000" } });
  scene = await openScene(hub);
  monitor = await monitorCommands(redis, ({ name, isScripts }) => {
    if (!isScripts) sent.push(name);
  });
});
roundTrips.after(async () => {
  monitor.close();
  scene.close();
  await hub.close();
  await redis.stop();
});

/** What the store was sent while something was done; the hubs' own messages to each other do not count. */
async function sentDuring(act: () => Promise<unknown>): Promise<string[]> {
  await monitor.catchUp();
  sent.length = 0;
  await act();
  await monitor.catchUp();
  return sent.filter((name) => !["spublish", "ssubscribe", "sunsubscribe"].includes(name));
}

roundTrips("payer:request takes one, the index and the issuance", async () => {
  assert.equal(await sentDuring(() => scene.request()), ["evalsha"]);
});

/** What both sides were shown of an issuance. */
const shown = new Map<string, { version: number; digest: string }>();

type Send = (scene: Scene, issuanceId: string) => Promise<unknown>;
const COMMANDS: [name: string, situation: Situation, send: Send][] = [
  ["payer:agree", "proposed", ({ payer }, issuanceId) => payer.accepted("payer:agree", { issuanceId })],
  ["payer:decline", "proposed", ({ payer }, issuanceId) => payer.accepted("payer:decline", { issuanceId })],
  ["issuance:open", "agreed", ({ issuer }, issuanceId) => issuer.accepted("issuance:open", { issuanceId })],
  ["account:submit", "opened", (all, issuanceId) => all.submit(issuanceId, "good")],
  ["account:submit, refused,", "opened", (all, issuanceId) => all.submit(issuanceId, "empty")],
  [
    "account:submit, issued at once,",
    "changing",
    (all, issuanceId) => all.payer.accepted("account:submit", submission(all, issuanceId, "other")),
  ],
  [
    "account:change",
    "verified",
    ({ issuer }, issuanceId) => issuer.accepted("account:change", { issuanceId }),
  ],
  ["account:keep", "changing", ({ payer }, issuanceId) => payer.accepted("account:keep", { issuanceId })],
  [
    "issuance:accept",
    "verified",
    ({ issuer }, issuanceId) => issuer.accepted("issuance:accept", { issuanceId }),
  ],
  [
    "issuance:accept, with what was seen,",
    "verified",
    async ({ issuer }, issuanceId) => {
      const seen = shown.get(issuanceId);
      await issuer.accepted("issuance:accept", {
        issuanceId,
        ...(seen && { seen, ifVersion: seen.version }),
      });
    },
  ],
  [
    "issuance:cancel",
    "verified",
    ({ payer }, issuanceId) => payer.accepted("issuance:cancel", { issuanceId }),
  ],
  [
    "issuance:accept, refused,",
    "agreed",
    ({ issuer }, issuanceId) => issuer.refused("issuance:accept", { issuanceId }),
  ],
  ["issuance:sync", "verified", ({ payer }, issuanceId) => payer.sync(issuanceId)],
];
for (const [name, situation, send] of COMMANDS) {
  roundTrips(`${name} takes one`, async () => {
    const { issuanceId, version, digest } = await scene.reach(situation);
    shown.set(issuanceId, { version, digest });
    assert.equal(await sentDuring(() => send(scene, issuanceId)), ["evalsha"]);
  });
}

roundTrips.run();
