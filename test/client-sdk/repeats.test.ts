// Every intent is repeated with its commandId until it is answered, and has its effect once.
import { setTimeout } from "node:timers/promises";
import { isTallystickError, newCommandId, type TallystickError } from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startRedis } from "../helpers/redis.ts";
import {
  ACCOUNT,
  nextInvitation,
  OFFER,
  open,
  propose,
  rejection,
  type Scene,
  startScene,
} from "../helpers/sdk-scene.ts";
import { acknowledgementOf, commandNamed, sent, startWire, type Wire } from "../helpers/sdk-wire.ts";

const repeats = suite("repeats");
let scene: Scene;
let wire: Wire;
repeats.before(async () => {
  scene = await startScene();
});
repeats.before.each(async () => {
  wire = await startWire(scene.hub.url);
});
repeats.after.each(async () => {
  await scene.leave();
  await wire.close();
});
repeats.after(() => scene.close());

/** An issuer on a good line, and a payer on the wire that is quick to repeat itself. */
const parties = (ackTimeoutMs = 200) =>
  Promise.all([
    scene.terminal("globex"),
    scene.terminal("acme", { url: wire.url, ackTimeoutMs, resyncIntervalMs: 600_000 }),
  ]);

/** It was sent so many times or, where a busy machine took longer than the acknowledgement's time, more often. */
function assertOneIntent(name: string, times: number): void {
  const ids = sent(wire, name).map(({ commandId }) => commandId);
  assert.ok(ids.length >= times, `${name} was sent ${ids.length} times`);
  assert.is(new Set(ids).size, 1, "each time with the same commandId");
}

repeats("a command that was lost on its way is sent again", async () => {
  const [, payer] = await propose(...(await parties()));
  void wire.lose(commandNamed("payer:agree"));
  assert.is((await payer.agree()).version, 2);
  assertOneIntent("payer:agree", 2);
});

repeats("an answer that was lost is asked for again, and the command was done once", async () => {
  const [issuer, payer] = await propose(...(await parties()));
  void wire.lose(acknowledgementOf("payer.agreed"));
  assert.is((await payer.agree()).version, 2);
  assertOneIntent("payer:agree", 2);
  await issuer.until("agreed");
  await issuer.sync();
  assert.is(issuer.snapshot.version, 2);
});

repeats("over a new connection too, when the old one broke before the answer came", async () => {
  const [issuer, payer] = await open(...(await parties()));
  void wire.lose(acknowledgementOf("account.verified")).then(wire.cut);
  assert.is((await payer.submitAccount(ACCOUNT)).state, "verified");
  assertOneIntent("account:submit", 2);
  await issuer.sync();
  assert.is(issuer.snapshot.version, 4);
});

repeats("a line that has fallen silent without a word is given up for another", async () => {
  // So long that a busy machine's late timer changes no count.
  const [, payer] = await propose(...(await parties(1000)));
  // The terminal asks for a list when it connects; that would give the line up as well, a moment earlier.
  const answered = () => wire.messages.some(({ text }) => /^43\d+\[\{"ok":true,"open":/.test(text));
  while (!answered()) await setTimeout(5);
  wire.freeze();
  assert.is((await payer.agree()).state, "agreed");
  assertOneIntent("payer:agree", 3);
});

repeats("of many that a silent line owes an answer to, one alone is sent again over it", async () => {
  const issuer = await scene.terminal("globex", { url: wire.url, ackTimeoutMs: 500 });
  const own = Array.from({ length: 20 }, () => newCommandId());
  const sends = () =>
    own.map((id) => sent(wire, "payer:request").filter((one) => one.commandId === id).length);
  // All of them at once would be a flood to a hub that has only stood still.
  const overSilentLine = new Promise<number[]>((resolve) => {
    issuer.on("disconnected", () => resolve(sends()));
  });
  wire.freeze();
  const asked = own.map((commandId) => issuer.requestPayer({ ...OFFER, amount: 1 }, { commandId }));
  assert.equal(
    (await overSilentLine).sort(),
    own.map((_, index) => (index === 19 ? 2 : 1)),
  );
  assert.is(new Set((await Promise.all(asked)).map(({ id }) => id)).size, 20);
});

repeats("several that were lost on a good line are all sent again", async () => {
  const payer = await scene.terminal("acme", { url: wire.url, ackTimeoutMs: 200 });
  const unanswered = wire.lose(commandNamed("payer:request"), 5);
  const asked = Array.from({ length: 5 }, () => payer.requestPayer({ ...OFFER, payer: "shop" }));
  await unanswered;
  assert.is(new Set((await Promise.all(asked)).map(({ id }) => id)).size, 5);
});

repeats("a terminal that stood still itself does not take its line for dead", async () => {
  const ackTimeoutMs = 300;
  const issuer = await scene.terminal("globex", { ackTimeoutMs });
  const issuance = await issuer.requestPayer({ ...OFFER });
  let lost = 0;
  issuer.on("disconnected", () => {
    lost += 1;
  });
  const cancelling = issuance.cancel();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3 * ackTimeoutMs);
  // The timers that are due come before this one.
  await setTimeout(1);
  assert.is(lost, 0);
  assert.is((await cancelling).state, "cancelled");
});

repeats("a request that is repeated is one issuance, with what has come of it meanwhile", async () => {
  const issuer = await scene.terminal("globex", {
    url: wire.url,
    ackTimeoutMs: 200,
    resyncIntervalMs: 600_000,
  });
  const invited = nextInvitation(await scene.terminal("acme"));
  // The payer agrees while the issuer's line is down, so the issuer can't know it from an event.
  void wire.lose(acknowledgementOf("payer.requested")).then(() => {
    wire.shut();
    wire.cut();
  });
  const requesting = issuer.requestPayer({ ...OFFER });
  await (await invited).agree();
  wire.open();
  const issuance = await requesting;
  assert.is(issuance.state, "agreed");
  assertOneIntent("payer:request", 2);
});

repeats("many that the hub finds too many at once are all answered in the end", async () => {
  const strict = await startScene({ settings: { RATE_LIMIT: "20" } });
  const issuer = await strict.terminal("globex");
  const issuances = await Promise.all(
    Array.from({ length: 60 }, () => issuer.requestPayer({ ...OFFER, amount: 1 })),
  );
  assert.is(new Set(issuances.map(({ id }) => id)).size, 60);
  await strict.close();
});

repeats(
  "what the hub refuses for longer than its caller waits is said at once, and that nothing was done",
  async () => {
    const strict = await startScene({ settings: { RATE_LIMIT: "1" } });
    const issuer = await strict.terminal("globex");
    const issuance = await issuer.requestPayer({ ...OFFER, amount: 1 });
    const cancelling = Array.from({ length: 5 }, () => issuance.cancel(undefined, { timeoutMs: 500 }));
    const codes = new Set<string>();
    for (const one of await Promise.allSettled(cancelling)) {
      if (one.status === "fulfilled") continue;
      const { code, money, details } = one.reason as TallystickError;
      codes.add(code);
      if (code === "rate_limited") assert.equal([money, typeof details?.retryAfter], ["untouched", "number"]);
      else assert.is(code, "wrong_state");
    }
    assert.ok(codes.has("rate_limited"));
    await strict.close();
  },
);

repeats("what can't be sent is refused at once, and is not in the way of anything else", async () => {
  const [issuer, payer] = [await scene.terminal("globex"), await scene.terminal("acme", { url: wire.url })];
  const unsendable = { ...OFFER, amount: 100n as unknown as number };
  const error = await rejection<TallystickError>(payer.requestPayer(unsendable));
  assert.equal([error.code, error.money, error.retry], ["invalid_request", "untouched", "no"]);
  assert.match(error.message, "BigInt");
  wire.shut();
  wire.cut();
  const offline = rejection<TallystickError>(payer.requestPayer(unsendable));
  const sendable = payer.requestPayer({ ...OFFER, payer: "globex" });
  const invited = nextInvitation(issuer);
  wire.open();
  assert.is((await offline).code, "invalid_request");
  assert.is((await invited).id, (await sendable).id);
  const back = nextInvitation(payer);
  const asked = await issuer.requestPayer({ ...OFFER });
  assert.is((await back).id, asked.id);
});

repeats("while the store is away a command waits for it", async () => {
  const redis = await startRedis({ durable: true });
  const own = await startScene({ redisUrl: redis.url });
  const issuer = await own.terminal("globex", { ackTimeoutMs: 500 });
  const issuance = await issuer.requestPayer({ ...OFFER });
  await redis.kill("SIGKILL");
  const cancelling = issuance.cancel();
  await setTimeout(300);
  await redis.restart();
  assert.is((await cancelling).state, "cancelled");
  assert.is(issuance.snapshot.version, 2);
  await own.close();
  await redis.stop();
});

repeats("a time-out says that nobody knows, and the same commandId tells it later, elsewhere", async () => {
  const [issuer, payer] = await open(...(await parties()));
  // The command gets through, but no answer comes back.
  void wire.lose(acknowledgementOf("account.verified"), 1000);
  const error = await rejection<TallystickError>(payer.submitAccount(ACCOUNT, { timeoutMs: 1000 }));
  assert.is(error.code, "timeout");
  assert.is(error.money, "unknown");
  assert.ok(error.retryable);
  assert.ok(error.message.includes(String(error.commandId)));
  assertOneIntent("account:submit", 2);

  const other = await (await scene.terminal("acme")).issuance(payer.id);
  if (other.role !== "payer") throw new Error("acme is the payer");
  const again = await other.submitAccount(ACCOUNT, { commandId: error.commandId });
  assert.is(again.version, 4, "the first answer once more");
  await issuer.sync();
  assert.is(issuer.snapshot.version, 4);
});

repeats("what was never sent has done nothing, unless its commandId is older than that", async () => {
  const [, payer] = await propose(...(await parties()));
  wire.shut();
  wire.cut();
  await setTimeout(50);
  const fresh = await rejection<TallystickError>(payer.agree({ timeoutMs: 50 }));
  assert.is(fresh.code, "timeout");
  assert.is(fresh.money, "untouched");
  const commandId = newCommandId();
  const old = await rejection<TallystickError>(payer.agree({ timeoutMs: 50, commandId }));
  assert.is(old.money, "unknown");
  assert.is(old.commandId, commandId);
});

repeats("an answer that comes after its caller has gone still brings its event", async () => {
  const [, payer] = await propose(...(await parties()));
  const stopping = new AbortController();
  const agreeing = rejection<TallystickError>(payer.agree({ signal: stopping.signal }));
  stopping.abort();
  const error = await agreeing;
  assert.is(error.code, "aborted");
  assert.is(error.money, "unknown");
  await payer.until("agreed");
  assert.is(sent(wire, "issuance:sync").length, 0, "nobody had to ask");
});

repeats("a commandId of the caller's is one intent, and a conflict with another content", async () => {
  const issuer = await scene.terminal("globex");
  const commandId = newCommandId();
  assert.match(commandId, /^[A-Za-z0-9_-]{22}$/);
  const first = await issuer.requestPayer({ ...OFFER }, { commandId });
  await first.cancel();
  const second = await issuer.requestPayer({ ...OFFER }, { commandId });
  assert.is(second.id, first.id);
  assert.is(second.state, "cancelled", "it was synced, since it may be old");
  const error = await rejection(issuer.requestPayer({ ...OFFER, amount: 1 }, { commandId }));
  assert.ok(isTallystickError(error, "conflict"));
});

repeats("ifVersion refuses what was decided on an old version, and the error has the new one", async () => {
  const [issuer, payer] = await propose(...(await parties()));
  await payer.agree();
  const error = await rejection<TallystickError>(issuer.cancel("too late", { ifVersion: 1 }));
  assert.is(error.code, "conflict");
  assert.is(error.issuance?.version, 2);
  assert.is((await issuer.cancel("now", { ifVersion: 2 })).version, 3);
});

repeats("a command in the wrong state tells what the state is", async () => {
  const [issuer, payer] = await propose(...(await parties()));
  const error = await rejection<TallystickError>(issuer.open());
  assert.is(error.code, "wrong_state");
  assert.is(error.state, "proposed");
  await payer.decline();
  assert.is((await rejection<TallystickError>(payer.agree())).state, "declined");
});

repeats("a refused account is an error with its reason, and its event was applied all the same", async () => {
  const [issuer, payer] = await open(...(await parties()));
  const told: string[] = [];
  payer.on((event) => told.push(`${event.version} ${event.type}`));
  const wrongName = { ...ACCOUNT, holder: "Somebody Else" };
  const error = await rejection<TallystickError>(payer.submitAccount(wrongName));
  assert.is(error.code, "account_name_mismatch");
  assert.is(error.money, "untouched");
  assert.is(error.issuance?.version, 4);
  assert.equal(told, ["4 account.refused"]);
  assert.is(sent(wire, "issuance:sync").length, 0, "the answer itself carried the event");
  assert.is((await payer.submitAccount(ACCOUNT)).version, 5);
  assert.equal(told, ["4 account.refused", "5 account.verified"]);
  await issuer.until("verified");
});

repeats.run();
