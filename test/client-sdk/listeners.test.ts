// A listener of the user's that fails, at once or later, is told of and holds up nobody else.
import type { Terminal } from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { open, propose, type Scene, startScene } from "../helpers/sdk-scene.ts";
import { startWire } from "../helpers/sdk-wire.ts";

const listeners = suite("listeners");
let scene: Scene;
listeners.before(async () => {
  scene = await startScene();
});
listeners.after.each(() => scene.leave());
listeners.after(() => scene.close());

const FAULT = new Error("the listener's own fault");
const throwing = () => {
  throw FAULT;
};
const rejecting = async () => {
  await Promise.resolve();
  throw FAULT;
};
const nextError = (terminal: Terminal) => new Promise<unknown>((resolve) => terminal.on("error", resolve));

for (const [how, failing] of [
  ["throws", throwing],
  ["is async and rejects", rejecting],
] as const) {
  listeners(
    `an issuance's listener that ${how} is told to error listeners, and the others are called`,
    async () => {
      const [issuer, payer] = [await scene.terminal("globex"), await scene.terminal("acme")];
      const [asIssuer, asPayer] = await propose(issuer, payer);
      const told = nextError(issuer);
      const heard: string[] = [];
      asIssuer.on(failing);
      asIssuer.on("payer.agreed", failing);
      asIssuer.on(({ type }) => void heard.push(type));
      await asPayer.agree();
      assert.is(await told, FAULT);
      await asIssuer.until("agreed");
      assert.equal(heard, ["payer.agreed"]);
    },
  );

  for (const event of ["connected", "disconnected", "closed"] as const) {
    listeners(
      `a "${event}" listener that ${how} is told to error listeners, and the others are called`,
      async () => {
        const wire = await startWire(scene.hub.url);
        const terminal = await scene.terminal("globex", { url: wire.url });
        const told = nextError(terminal);
        terminal.on(event, failing);
        const called = new Promise<unknown>((resolve) => terminal.on(event, resolve as () => void));
        if (event === "closed") await terminal.close();
        else wire.cut();
        await called;
        assert.is(await told, FAULT);
        await terminal.close();
        await wire.close();
      },
    );
  }

  listeners(`an error listener that ${how} leaves the error to whoever runs the program`, async () => {
    const terminal = await scene.terminal("globex");
    const thrown = new Promise<unknown>((resolve) => process.once("uncaughtException", resolve));
    const others = new Promise<unknown>((resolve) => {
      terminal.on("error", failing);
      terminal.on("error", resolve);
    });
    const first = new Error("something else");
    terminal.on("closed", () => {
      throw first;
    });
    await terminal.close();
    assert.is(await others, first);
    assert.is(await thrown, FAULT);
  });
}

listeners("what fails since the terminal was closed by its user is not an error", async () => {
  const payer = await scene.terminal("acme");
  const issuer = await scene.terminal("globex");
  const before = scene.errors.length;
  payer.onRequest(async (issuance) => void (await issuance.until("opened")));
  const issuance = await issuer.requestPayer({ payer: "acme", amount: 1, currency: "CNY" });
  for await (const { issuanceId } of payer.openIssuances()) assert.ok(issuanceId);
  await payer.close();
  await issuance.cancel();
  assert.is(scene.errors.length, before);
});

listeners("a listener for one type of event hears that type alone", async () => {
  const [asIssuer, asPayer] = await open(await scene.terminal("globex"), await scene.terminal("acme"));
  const heard: string[] = [];
  const stop = asIssuer.on("account.verified", ({ type, account }, { state }) => {
    heard.push(`${type} ${account.last4} ${state}`);
  });
  asIssuer.on("voucher.issued", ({ type, voucher }, snapshot) => {
    assert.is(voucher.voucherId, snapshot.voucher?.voucherId);
    heard.push(type);
  });
  await asPayer.submitAccount({ number: "6222020200112233", holder: "Acme Ltd" });
  await asIssuer.until("verified");
  stop();
  await asIssuer.accept();
  assert.equal(heard, ["account.verified 2233 verified", "voucher.issued"]);
});

listeners.run();
