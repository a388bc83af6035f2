// What a caller gets in hand: how safe an issue is, and errors and objects that say what they are.
import { inspect } from "node:util";
import { connect, TallystickError } from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startRedis } from "../helpers/redis.ts";
import { ACCOUNT, OFFER, open, propose, rejection, type Scene, startScene } from "../helpers/sdk-scene.ts";

const seen = suite("what callers see");
let scene: Scene;
seen.before(async () => {
  scene = await startScene();
});
seen.after.each(() => scene.leave());
seen.after(() => scene.close());

const parties = () => Promise.all([scene.terminal("globex"), scene.terminal("acme")]);

for (const durable of [false, true]) {
  const level = durable ? "fsynced" : "memory";
  seen(
    `an issue says that it is ${level}, to whoever accepted and to whoever's account was issued at once`,
    async () => {
      const redis = await startRedis({ durable });
      const own = await startScene({ redisUrl: redis.url });
      const [issuer, payer] = [await own.terminal("globex"), await own.terminal("acme")];
      const [asIssuer, asPayer] = await open(issuer, payer);
      const verified = await asPayer.submitAccount(ACCOUNT);
      assert.equal([verified.state, verified.durability], ["verified", undefined]);
      await asIssuer.until("verified");
      const issued = await asIssuer.accept();
      assert.equal([issued.state, issued.durability], ["issued", level]);
      assert.is(issued.voucher.voucherId, asIssuer.snapshot.voucher?.voucherId);

      const self = await payer.requestPayer({ ...OFFER, payer: "acme", review: "none" });
      await self.open();
      const atOnce = await self.asPayer().submitAccount(ACCOUNT);
      assert.equal([atOnce.state, atOnce.durability], ["issued", level]);
      await own.close();
      await redis.stop();
    },
  );
}

const BAD_OFFERS: { offer: object; says: RegExp }[] = [
  { offer: { ...OFFER, amount: 12.5 }, says: /\bamount: .*int/ },
  { offer: { ...OFFER, amount: "100" }, says: /\bamount: .*number/ },
  { offer: { ...OFFER, payer: "NOT A PARTY" }, says: /\bpayer: ./ },
  { offer: { ...OFFER, currency: "XYZ", amount: 0 }, says: /\bamount: .*; currency: ./ },
  { offer: { ...OFFER, colour: "red" }, says: /"colour"/ },
];
for (const { offer, says } of BAD_OFFERS) {
  seen(`a bad field is named in the message: ${JSON.stringify(offer)}`, async () => {
    const issuer = await scene.terminal("globex");
    const error = await rejection<TallystickError>(issuer.requestPayer(offer as typeof OFFER));
    assert.is(error.code, "invalid_request");
    assert.match(error.message, says);
  });
}

seen("a field inside another is named with its path", async () => {
  const [, asPayer] = await open(...(await parties()));
  const error = await rejection<TallystickError>(asPayer.submitAccount({ ...ACCOUNT, number: "6222 0202" }));
  assert.match(error.message, /\baccount\.number: ./);
});

seen("an error as JSON has what a log needs", async () => {
  const [asIssuer, asPayer] = await open(...(await parties()));
  const wrongName = { ...ACCOUNT, holder: "Somebody Else" };
  const error = await rejection<TallystickError>(asPayer.submitAccount(wrongName));
  const { name, code, message, retry, money, state, commandId, details } = JSON.parse(JSON.stringify(error));
  assert.equal(
    { name, code, retry, money, state },
    {
      name: "TallystickError",
      code: "account_name_mismatch",
      retry: "new",
      money: "untouched",
      state: "opened",
    },
  );
  assert.is(message, error.message);
  assert.is(commandId, error.commandId);
  assert.equal(details, error.details);
  const looping = new TallystickError("timeout", "", { cause: asIssuer });
  assert.ok(JSON.stringify(looping), "whatever its cause is");
});

seen("console.log shows who a terminal is, and an issuance's id, state and version", async () => {
  const [issuer, payer] = await parties();
  const [asIssuer, asPayer] = await propose(issuer, payer);
  const { id } = asIssuer;
  assert.is(inspect(asIssuer), `IssuerIssuance { id: '${id}', state: 'proposed', version: 1 }`);
  const nested = inspect({ asPayer }, { breakLength: 200 });
  assert.is(nested, `{ asPayer: PayerIssuance { id: '${id}', state: 'proposed', version: 1 } }`);
  assert.is(inspect(payer), "Terminal { party: 'acme', connected: true }");
  assert.equal(JSON.parse(JSON.stringify(asIssuer)), asIssuer.snapshot);
});

/** The number of the line that this is called in, counted up from its caller. */
function lineHere(): string {
  return /what-callers-see\.test\.ts:(\d+)/.exec(new Error().stack?.split("\n")[2] ?? "")?.[1] ?? "none";
}

const FAILING: { what: string; code: string; act(): Promise<{ error: unknown; line: string }> }[] = [
  {
    what: "a refused command",
    code: "wrong_state",
    act: async () => {
      const [asIssuer] = await propose(...(await parties()));
      const failing = [rejection(asIssuer.open()), lineHere()] as const;
      return { error: await failing[0], line: failing[1] };
    },
  },
  {
    what: "a refused request",
    code: "invalid_request",
    act: async () => {
      const issuer = await scene.terminal("globex");
      const failing = [rejection(issuer.requestPayer({ ...OFFER, amount: 0 })), lineHere()] as const;
      return { error: await failing[0], line: failing[1] };
    },
  },
  {
    what: "a wait that timed out",
    code: "timeout",
    act: async () => {
      const [asIssuer] = await propose(...(await parties()));
      const failing = [rejection(asIssuer.until("agreed", { timeoutMs: 20 })), lineHere()] as const;
      return { error: await failing[0], line: failing[1] };
    },
  },
  {
    what: "a wait that ended otherwise",
    code: "ended",
    act: async () => {
      const [asIssuer, asPayer] = await propose(...(await parties()));
      const failing = [rejection(asIssuer.until("agreed")), lineHere()] as const;
      await asPayer.decline();
      return { error: await failing[0], line: failing[1] };
    },
  },
  {
    what: "an issuance that is not there",
    code: "not_found",
    act: async () => {
      const terminal = await scene.terminal("globex");
      const failing = [rejection(terminal.issuance("1-AAAAAAAAAAAAAAAA")), lineHere()] as const;
      return { error: await failing[0], line: failing[1] };
    },
  },
  {
    what: "events of a terminal that is closed meanwhile",
    code: "disconnected",
    act: async () => {
      const [issuer, payer] = await parties();
      const [asIssuer] = await propose(issuer, payer);
      const failing = [rejection(asIssuer.events().next()), lineHere()] as const;
      await issuer.close();
      return { error: await failing[0], line: failing[1] };
    },
  },
  {
    what: "a refused token",
    code: "unauthenticated",
    act: async () => {
      const failing = [rejection(connect(scene.hub.url, { token: "none" })), lineHere()] as const;
      return { error: await failing[0], line: failing[1] };
    },
  },
];
for (const { what, code, act } of FAILING) {
  seen(`the stack of ${what} has its caller's line`, async () => {
    const { error, line } = await act();
    assert.instance(error, TallystickError);
    const { stack = "", message } = error as TallystickError;
    assert.is((error as TallystickError).code, code);
    assert.ok(stack.startsWith(`TallystickError: ${message}\n`), stack);
    assert.match(stack, new RegExp(`what-callers-see\\.test\\.ts:${line}\\b`));
  });
}

seen("two that wait for the same have their own lines", async () => {
  const [issuer, payer] = await parties();
  const [asIssuer] = await propose(issuer, payer);
  const first = [rejection<Error>(asIssuer.until("agreed")), lineHere()] as const;
  const second = [rejection<Error>(asIssuer.until("agreed")), lineHere()] as const;
  await issuer.close();
  for (const [failing, line] of [first, second])
    assert.match((await failing).stack ?? "", new RegExp(`what-callers-see\\.test\\.ts:${line}\\b`));
});

seen.run();
