// about 12 s, mostly waiting
/** How much a terminal may send, and for how long. */
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fullAllowance, spend } from "../../server/limits/allowance.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, errorOf, freshId, openSocket, type RawTerminal } from "../helpers/raw-terminal.ts";

const limits = suite("limits");

let slow: TestHub;
limits.before(async () => {
  slow = await startHub({ settings: { RATE_LIMIT: "1" } });
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
  // Whoever comes again as much later each time as it is told, for each of many, is granted all.
  assert.is(spend(allowance, 10, 50), 100);
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
    const token = await slow.token("brief", { ttlSeconds: 3 });
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
  "a session is told that it will end, ends when its token does, and hears of nothing more",
  async () => {
    const hub = await startHub();
    const token = await hub.token("acme", { ttlSeconds: 3 });
    const endsAt =
      (JSON.parse(Buffer.from(token.split(".")[1] as string, "base64url").toString()).exp as number) * 1000;
    const socket = openSocket(hub.url, { auth: { token } });
    const told: { name: string; at: number; ends?: number }[] = [];
    socket.onAny((name, message) => told.push({ name, at: Date.now(), ends: message?.at }));
    await new Promise((resolve) => socket.once("session:ready", resolve));
    const issuer = await connectTerminal(hub, "issuer");
    let isOver = false;
    const over = new Promise<void>((resolve) => {
      socket.once("disconnect", () => {
        isOver = true;
        resolve();
      });
    });
    while (!isOver) {
      await issuer.accepted("payer:request", request());
      await setTimeout(20);
    }
    await over;
    const expiring = told.filter(({ name }) => name === "session:expiring");
    assert.is(expiring.length, 1);
    assert.is(expiring[0]?.ends, endsAt);
    assert.ok((expiring[0]?.at ?? 0) < endsAt);
    const names = told.map(({ name }) => name);
    assert.is(names.at(-1), "session:error");
    assert.ok(names.lastIndexOf("issuance:event") < names.length - 1);
    assert.ok(Date.now() >= endsAt);
    issuer.close();
    await hub.close();
  },
);

limits("of a session whose token is good for long, nothing is said until a minute before", async () => {
  const hub = await startHub();
  const socket = openSocket(hub.url, { auth: { token: await hub.token("acme", { ttlSeconds: 62 }) } });
  const expiring = new Promise<number>((resolve) => socket.once("session:expiring", ({ at }) => resolve(at)));
  await new Promise((resolve) => socket.once("session:ready", resolve));
  const at = await expiring;
  // A minute, less what the message took; a timer may come a moment before the clock is there.
  assert.ok(at - Date.now() <= 60_100 && at - Date.now() > 31_000);
  socket.disconnect();
  await hub.close();
});

limits(
  "a command that comes after its token has ended is refused, whether or not anybody looked",
  async () => {
    const hub = await startHub({ settings: { RATE_LIMIT: "1000000" } });
    const socket = openSocket(hub.url, { auth: { token: await hub.token("brief", { ttlSeconds: 3 }) } });
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
