/** How much a terminal may send, and for how long. */
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fullAllowance, spend } from "../../server/socket/allowance.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, errorOf, freshId, openSocket, type RawTerminal } from "../helpers/raw-terminal.ts";

const limits = suite("limits");

/** How often the hub looks for tokens that have ended, milliseconds. */
const EXPIRY_CHECK_MS = 15_000;

let slow: TestHub;
limits.before(async () => {
  // A test can't wait a quarter of a minute, so that here the hub looks more often.
  const { setInterval } = globalThis;
  const often = (run: () => void, ms: number) => setInterval(run, ms === EXPIRY_CHECK_MS ? 50 : ms);
  globalThis.setInterval = often as typeof setInterval;
  slow = await startHub({ settings: { RATE_LIMIT: "1" } });
  globalThis.setInterval = setInterval;
});
limits.after(() => slow.close());

const request = () => ({ commandId: freshId(), payer: "acme", amount: 1, currency: "CNY" });

/** Sends until it is refused for sending too much. */
async function sendTooMuch(terminal: RawTerminal): Promise<{ retryAfter: number; commandId: string }> {
  for (let sent = 0; sent < 50; sent++) {
    const payload = request();
    const answer = await terminal.command("payer:request", payload);
    if (answer.ok) continue;
    assert.is(answer.error.code, "rate_limited");
    const { retryAfter } = answer.error.details as { retryAfter: number };
    return { retryAfter, commandId: payload.commandId };
  }
  throw new Error("it may send without limit");
}

limits("a terminal that sends too much is told when it may send again, and then may", async () => {
  const terminal = await connectTerminal(slow, "hasty");
  const { retryAfter, commandId } = await sendTooMuch(terminal);
  assert.ok(Number.isSafeInteger(retryAfter) && retryAfter > 0 && retryAfter <= 1000);
  await setTimeout(retryAfter);
  // Nothing was done, so that the same commandId is a fresh one still, for whatever it is used.
  const answer = await terminal.accepted("payer:request", { ...request(), commandId, amount: 7 });
  assert.is(answer.issuance.amount, 7);
  terminal.close();
});

limits("its other terminals and other parties may send on", async () => {
  const hasty = await connectTerminal(slow, "hasty");
  await sendTooMuch(hasty);
  for (const party of ["hasty", "patient"]) {
    const other = await connectTerminal(slow, party);
    await other.accepted("payer:request", request());
    other.close();
  }
  hasty.close();
});

limits("the limit is looked at before anything is read, the shape included", async () => {
  const terminal = await connectTerminal(slow, "hasty");
  await sendTooMuch(terminal);
  const foreign = { issuanceId: "0-AAAAAAAAAAAAAAAA" };
  assert.is(
    (await terminal.refused("payer:agree", { ...foreign, unknown: 1 } as never)).code,
    "rate_limited",
  );
  assert.is((await terminal.refused("payer:agree", foreign)).code, "rate_limited");
  assert.is(errorOf(await terminal.sync("0-AAAAAAAAAAAAAAAA")).code, "rate_limited");
  terminal.close();
});

limits("the bucket holds twice what may be sent in a second, and fills with time", () => {
  const allowance = fullAllowance(10, 0);
  for (let sent = 0; sent < 20; sent++) assert.is(spend(allowance, 10, 0), 0);
  assert.is(spend(allowance, 10, 0), 100);
  assert.is(spend(allowance, 10, 50), 50);
  assert.is(spend(allowance, 10, 100), 0);
  assert.is(spend(allowance, 10, 100), 100);
  // However long it rests, it gets no more than full.
  for (let sent = 0; sent < 20; sent++) assert.is(spend(allowance, 10, 1_000_000), 0);
  assert.is(spend(allowance, 10, 1_000_000), 100);
  // A clock that is set back gives nothing, and takes nothing.
  assert.is(spend(allowance, 10, 0), 100);
});

limits(
  "a terminal whose token ends while it is connected is told so, sends nothing more, and is let go",
  async () => {
    const token = await slow.token("brief", { ttlSeconds: 1 });
    const socket = openSocket(slow.url, { auth: { token } });
    const said: unknown[] = [];
    socket.on("session:error", (error) => said.push(error.code));
    await new Promise((resolve) => socket.once("session:ready", resolve));
    const reason = await new Promise((resolve) => socket.once("disconnect", resolve));
    assert.equal(said, ["unauthenticated"]);
    // What Socket.IO's client takes for a lost line, after which it comes back with whatever token it has then.
    assert.is(reason, "transport close");
  },
);

limits(
  "a command that comes after its token has ended is refused, whether or not anybody looked",
  async () => {
    const hub = await startHub({ settings: { RATE_LIMIT: "1000000" } });
    const socket = openSocket(hub.url, { auth: { token: await hub.token("brief", { ttlSeconds: 1 }) } });
    await new Promise((resolve) => socket.once("session:ready", resolve));
    let answer: { ok: boolean; error?: { code: string } };
    do answer = (await socket.timeout(5000).emitWithAck("issuance:list", {})) as typeof answer;
    while (answer.ok);
    assert.is(answer.error?.code, "unauthenticated");
    socket.disconnect();
    await hub.close();
  },
);

limits.run();
