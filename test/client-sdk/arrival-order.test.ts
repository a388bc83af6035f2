// An event may be read in one piece with the answer that it follows, or even before that answer. The terminal
// has to know by then which issuance it belongs to, or the negotiation stands still until the next resync.

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ACCOUNT, nextInvitation, OFFER, open, type Scene, startScene } from "../helpers/sdk-scene.ts";
import {
  acknowledgementOf,
  type Choice,
  eventOfType,
  sent,
  startWire,
  type Wire,
} from "../helpers/sdk-wire.ts";
import { nodeArguments } from "../helpers/source.ts";

const arrival = suite("the order in which answers and events arrive");
const PARTY = join(import.meta.dirname, "..", "helpers", "sdk-party.ts");
let scene: Scene;
let wire: Wire;
arrival.before(async () => {
  scene = await startScene();
});
arrival.before.each(async () => {
  wire = await startWire(scene.hub.url);
});
arrival.after.each(async () => {
  await scene.leave();
  await wire.close();
});
arrival.after(() => scene.close());

/** A terminal behind the wire that never asks by itself for what it has missed. */
const onWire = (party: string) =>
  scene.terminal(party, { url: wire.url, ackTimeoutMs: 60_000, resyncIntervalMs: 600_000 });
const syncs = () => sent(wire, "issuance:sync").length;
const syncAnswer: Choice = (text, to) => to === "terminal" && /^43\d+\[\{"ok":true,.*"events":\[/.test(text);

for (const order of ["kept", "reversed"] as const) {
  const how = order === "kept" ? "right behind" : "before";
  for (const [answer, type, end] of [
    ["agree", "payer.agreed", "agreed"],
    ["decline", "payer.declined", "declined"],
  ] as const) {
    arrival(`a payer's ${answer} that comes ${how} the answer to the request is heard`, async () => {
      const issuer = await onWire("globex");
      const invited = nextInvitation(await scene.terminal("acme"));
      const gathered = wire.gather(acknowledgementOf("payer.requested"), eventOfType(type), order);
      const requesting = issuer.requestPayer({ ...OFFER });
      await (await invited)[answer]();
      await gathered;
      const issuance = await requesting;
      assert.is((await issuance.until(end, { timeoutMs: 60_000 })).version, 2);
      assert.is(syncs(), 0, "it was told, so nobody had to ask");
    });
  }
}

arrival("events of several requests that are answered late go to the right ones", async () => {
  const issuer = await onWire("globex");
  const payer = await scene.terminal("acme");
  payer.onRequest((issuance) => void issuance.agree());
  const requesting = [1, 2, 3].map(async (amount) => {
    const gathered = wire.gather(
      acknowledgementOf("payer.requested"),
      eventOfType("payer.agreed"),
      "reversed",
    );
    const issuance = await issuer.requestPayer({ ...OFFER, amount });
    await gathered;
    return issuance.until("agreed", { timeoutMs: 60_000 });
  });
  const snapshots = await Promise.all(requesting);
  assert.equal(
    snapshots.map(({ amount }) => amount),
    [1, 2, 3],
  );
});

arrival("an event right behind the answer to a sync is applied without another sync", async () => {
  const [asIssuer, asPayer] = await open(await scene.terminal("globex"), await scene.terminal("acme"));
  const watcher = await onWire("globex");
  const gathered = wire.gather(syncAnswer, eventOfType("account.verified"));
  const loading = watcher.issuance(asIssuer.id);
  // The hub answers the sync once the terminal is in the room, so the event is told to it as well.
  while (!wire.messages.some(({ text, to }) => syncAnswer(text, to))) await sleep(5);
  await asPayer.submitAccount(ACCOUNT);
  await gathered;
  const loaded = await loading;
  await loaded.until("verified", { timeoutMs: 60_000 });
  assert.is(syncs(), 1);
});

arrival("the issuer's opening right behind the answer to the payer's agreement is heard", async () => {
  const issuer = await scene.terminal("globex");
  const payer = await onWire("acme");
  const invited = nextInvitation(payer);
  const asIssuer = await issuer.requestPayer({ ...OFFER });
  const asPayer = await invited;
  const before = syncs();
  const gathered = wire.gather(acknowledgementOf("payer.agreed"), eventOfType("issuance.opened"));
  const agreeing = asPayer.agree();
  await asIssuer.until("agreed");
  await asIssuer.open();
  await gathered;
  await agreeing;
  await asPayer.until("opened", { timeoutMs: 60_000 });
  assert.is(syncs(), before);
});

arrival("fresh issuers negotiate one after the other, and none has to wait for a resync", async () => {
  const [payer, ...issuers] = [
    startParty(["payer", scene.hub.url, await scene.hub.token("acme")]),
    startParty(["issuer", scene.hub.url, await scene.hub.token("globex"), "150"]),
    startParty(["issuer", scene.hub.url, await scene.hub.token("initech"), "150"]),
  ];
  try {
    assert.equal(await Promise.all(issuers.map(({ said }) => said)), ["issued 150", "issued 150"]);
  } finally {
    for (const { child } of [payer, ...issuers]) child?.kill();
  }
});

interface PartyProcess {
  child: ChildProcess;
  /** The last thing that it says. */
  said: Promise<string>;
}

/** In processes of their own, a busy one finds an answer and the event behind it waiting together. */
function startParty(args: string[]): PartyProcess {
  const child = spawn(process.execPath, [...nodeArguments(PARTY), ...args], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  const said = new Promise<string>((resolve) => {
    let last = "nothing";
    child.on("message", (message) => {
      last = String(message);
    });
    child.once("exit", () => resolve(last));
  });
  return { child, said };
}

arrival.run();
