/** The queue that the sweep looks at names no deadline too late, and moves as seldom as can be. */
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { partitionKeys, partitionOfIssuance } from "../../server/ledger/keys.ts";
import { startHub } from "../helpers/hub.ts";
import { openScene } from "./scene.ts";

const queue = suite("the queue of deadlines");

queue("a deadline that moves later is armed anew only when the sweep comes for the earlier one", async () => {
  const hub = await startHub({ settings: { SWEEP_INTERVAL: "50" } });
  const scene = await openScene(hub);
  const { store } = hub.running;
  const proposed = await scene.request({ respondWithin: 3 });
  const { issuanceId } = proposed;
  const key = partitionKeys.deadlines(partitionOfIssuance(issuanceId));
  const armed = () => store.zscore(key, issuanceId).then(Number);
  const { issuance } = await scene.payer.accepted("payer:agree", { issuanceId });
  const deadline = issuance.deadline ?? 0;
  assert.ok(deadline > (proposed.deadline ?? 0));
  assert.is(await armed(), proposed.deadline);
  assert.equal((await audit(hub.running)).findings, []);
  while ((await armed()) !== deadline) await setTimeout(20);
  // The sweep that found it not due has changed nothing else.
  assert.is((await scene.issuer.accepted("issuance:open", { issuanceId })).event.version, 3);
  scene.close();
  await hub.close();
});

queue("a deadline that moves earlier is armed at once", async () => {
  const hub = await startHub({
    settings: { SWEEP_INTERVAL: "60000", RESPOND_WITHIN: "20", WAIT_WITHIN: "11" },
  });
  const scene = await openScene(hub);
  const proposed = await scene.request();
  const { issuanceId } = proposed;
  const { issuance } = await scene.payer.accepted("payer:agree", { issuanceId });
  assert.ok((issuance.deadline ?? 0) < (proposed.deadline ?? 0));
  const key = partitionKeys.deadlines(partitionOfIssuance(issuanceId));
  assert.is(await hub.running.store.zscore(key, issuanceId), String(issuance.deadline));
  scene.close();
  await hub.close();
});

queue.run();
