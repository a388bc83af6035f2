import { isTallystickError, type TallystickError } from "@tallystick/client";
import { COMMAND_NAMES, hasEnded, ruleOf, STATES, type State } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ISSUANCE } from "../../client-sdk/issuance-kind.ts";
import { ACCOUNT, OFFER, open, propose, rejection, type Scene, startScene } from "../helpers/sdk-scene.ts";

const until = suite("until");
let scene: Scene;
until.before(async () => {
  scene = await startScene();
});
until.after.each(() => scene.leave());
until.after(() => scene.close());

const parties = () => Promise.all([scene.terminal("globex"), scene.terminal("acme")]);

until("which states an issuance has left for good follows from the lifecycle's rules", () => {
  const next = (state: State): State[] =>
    COMMAND_NAMES.map(ruleOf).flatMap((rule) => (state in rule.from ? [...rule.to] : []));
  const reach = (from: readonly State[], avoid?: State): Set<State> => {
    const seen = new Set<State>();
    const queue = from.filter((state) => state !== avoid);
    for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
      if (seen.has(state)) continue;
      seen.add(state);
      queue.push(...next(state).filter((one) => one !== avoid));
    }
    return seen;
  };
  const start = ruleOf("payer:request").to;
  for (const now of STATES.filter((state) => !hasEnded(state) || state === "issued")) {
    const passed = STATES.filter(
      (state) => state !== now && !reach(next(now)).has(state) && !reach(start, state).has(now),
    );
    assert.equal(passed, [...(ISSUANCE.passed[now] ?? [])], now);
  }
  assert.equal(
    Object.keys(ISSUANCE.passed).filter((state) => hasEnded(state as State)),
    ["issued"],
    "an end without a voucher is an error to whoever waits for what came before it",
  );
});

until("resolves at once when the state is there, with the snapshot", async () => {
  const [issuer, payer] = await parties();
  const [issuance] = await propose(issuer, payer);
  const snapshot = await issuance.until(["proposed", "opened"]);
  assert.is(snapshot.state, "proposed");
  assert.is(snapshot.version, 1);
});

until("resolves when the state was passed for good before anybody looked", async () => {
  const [issuer, payer] = await parties();
  const [issuance] = await open(issuer, payer);
  assert.is((await issuance.until("agreed")).state, "opened");
});

until("waits for a state that can come again", async () => {
  const [issuer, payer] = await parties();
  const invited = new Promise<void>((resolve) => {
    payer.onRequest(async (asPayer) => {
      await asPayer.agree();
      await asPayer.until("opened");
      await asPayer.submitAccount(ACCOUNT);
      await asPayer.until("changing");
      await asPayer.submitAccount(ACCOUNT);
      resolve();
    });
  });
  const issuance = await issuer.requestPayer({ ...OFFER, review: "every", amount: 1 });
  await issuance.until("agreed");
  await issuance.open();
  const first = await issuance.until("verified");
  await issuance.changeAccount();
  const second = await issuance.until("verified");
  assert.is(second.changes, 1);
  assert.ok(second.version > first.version);
  await invited;
});

const ends: { state: State; make: (pair: Awaited<ReturnType<typeof propose>>) => Promise<unknown> }[] = [
  { state: "declined", make: ([, payer]) => payer.decline("no money") },
  { state: "cancelled", make: ([issuer]) => issuer.cancel("changed our minds") },
];
for (const { state, make } of ends) {
  until(`an end that was not waited for is an error that says it is ${state}`, async () => {
    const [issuer, payer] = await parties();
    const pair = await propose(issuer, payer);
    const waiting = rejection<TallystickError>(pair[0].until("agreed"));
    await make(pair);
    const error = await waiting;
    assert.ok(isTallystickError(error, "ended"));
    assert.is(error.state, state);
    assert.is(error.money, "untouched");
    assert.is(error.retry, "no");
    assert.match(String(error.details?.reason), /no money|changed our minds/);
    assert.ok(isTallystickError(await rejection(pair[0].until("opened")), "ended"), "also asked afterwards");
  });
}

until("an end in a voucher says that money is frozen", async () => {
  const [issuer, payer] = await parties();
  const [asIssuer, asPayer] = await open(issuer, payer);
  const waiting = rejection<TallystickError>(asPayer.until("changing"));
  await asPayer.submitAccount(ACCOUNT);
  await asIssuer.until("verified");
  await asIssuer.accept();
  const error = await waiting;
  assert.is(error.code, "ended");
  assert.is(error.state, "issued");
  assert.is(error.money, "frozen");
});

until("a deadline that passes is an end too", async () => {
  const issuer = await scene.terminal("globex");
  const issuance = await issuer.requestPayer({ ...OFFER, respondWithin: 1 });
  const error = await rejection<TallystickError>(issuance.until("agreed"));
  assert.is(error.code, "ended");
  assert.is(error.state, "expired");
});

until("ends with its time or its signal, and leaves nothing behind", async () => {
  const [issuer, payer] = await parties();
  const [issuance] = await propose(issuer, payer);
  assert.ok(isTallystickError(await rejection(issuance.until("agreed", { timeoutMs: 20 })), "timeout"));
  const stopping = new AbortController();
  const waiting = rejection<TallystickError>(issuance.until("agreed", { signal: stopping.signal }));
  stopping.abort("enough");
  const error = await waiting;
  assert.is(error.code, "aborted");
  assert.is(error.cause, "enough");
  assert.ok(
    isTallystickError(await rejection(issuance.until("agreed", { signal: stopping.signal })), "aborted"),
  );
});

until("is told when the terminal is closed", async () => {
  const [issuer, payer] = await parties();
  const [issuance] = await propose(issuer, payer);
  const waiting = rejection(issuance.until("agreed"));
  await issuer.close();
  assert.ok(isTallystickError(await waiting, "disconnected"));
});

until.run();
