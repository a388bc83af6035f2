// about 14 s, mostly waiting
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { connect, isTallystickError, type TallystickError } from "@tallystick/client";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub } from "../helpers/hub.ts";
import { freePort } from "../helpers/redis-process.ts";
import { OFFER, rejection, type Scene, startScene } from "../helpers/sdk-scene.ts";
import { startWire } from "../helpers/sdk-wire.ts";

const connecting = suite("connect");
let scene: Scene;
connecting.before(async () => {
  scene = await startScene();
});
connecting.after.each(() => scene.leave());
connecting.after(() => scene.close());

connecting("resolves with a terminal of the token's party", async () => {
  const terminal = await scene.terminal("globex");
  assert.is(terminal.party, "globex");
  assert.ok(terminal.connected);
});

connecting("is refused with the hub's code when the token is not good", async () => {
  const error = await rejection<TallystickError>(connect(scene.hub.url, { token: "none" }));
  assert.ok(isTallystickError(error, "unauthenticated"));
  assert.is(error.money, "untouched");
  assert.match(error.message, /token/);
});

connecting("is refused with the cause when the token can't be had", async () => {
  const fault = new Error("the vault is closed");
  const error = await rejection<TallystickError>(
    connect(scene.hub.url, { token: () => Promise.reject(fault) }),
  );
  assert.is(error.code, "unauthenticated");
  assert.is(error.cause, fault);
});

connecting("says what was in the way when there is no hub", async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const error = await rejection<TallystickError>(connect(url, { token: "any", timeoutMs: 100 }));
  assert.equal([error.code, error.money], ["timeout", "untouched"]);
  assert.instance(error.cause, Error);
});

connecting("keeps trying until the hub is there", async () => {
  const wire = await startWire(scene.hub.url);
  wire.shut();
  const terminal = scene.terminal("globex", { url: wire.url });
  setTimeout(wire.open, 50);
  assert.ok((await terminal).connected);
  await wire.close();
});

for (const end of ["", "/"]) {
  connecting(`reaches a hub behind the path "/pay${end}" of a proxy`, async () => {
    const wire = await startWire(scene.hub.url, "/pay");
    const terminal = await scene.terminal("globex", { url: `${wire.url}${end}` });
    assert.is((await terminal.requestPayer({ ...OFFER })).state, "proposed");
    await terminal.close();
    await wire.close();
  });
}

connecting("takes Socket.IO's path from its own options when it is given there", async () => {
  const wire = await startWire(scene.hub.url, "/pay");
  const url = wire.url.replace("/pay", "");
  const terminal = await scene.terminal("globex", { url, socket: { path: "/pay/socket.io" } });
  assert.ok(terminal.connected);
  await terminal.close();
  await wire.close();
});

for (const url of ["", "localhost:3000", "hub.example", "ftp://hub.example", "/pay", "https://"]) {
  connecting(`refuses a URL that can't be a hub's at once, with a sentence: "${url}"`, async () => {
    const error = await rejection<TallystickError>(connect(url, { token: "any", timeoutMs: 600_000 }));
    assert.ok(isTallystickError(error, "invalid_request"));
    assert.match(error.message, /can't be a hub's URL/);
    assert.is(error.retry, "no");
  });
}

connecting("stops with its signal", async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const error = rejection(connect(url, { token: "any", signal: AbortSignal.timeout(20) }));
  assert.ok(isTallystickError(await error, "aborted"));
  const aborted = rejection(connect(scene.hub.url, { token: "any", signal: AbortSignal.abort() }));
  assert.ok(isTallystickError(await aborted, "aborted"));
});

connecting("asks for the token again with each connection", async () => {
  const wire = await startWire(scene.hub.url);
  let asked = 0;
  const token = () => {
    asked += 1;
    return scene.hub.token("globex");
  };
  const terminal = await scene.terminal("globex", { url: wire.url, token });
  const states: string[] = [];
  terminal.on("disconnected", () => states.push("disconnected"));
  const back = new Promise<void>((resolve) => {
    terminal.on("connected", () => {
      states.push("connected");
      resolve();
    });
  });
  assert.is(asked, 1);
  wire.cut();
  await back;
  assert.is(asked, 2);
  assert.equal(states, ["disconnected", "connected"]);
  assert.ok(terminal.connected);
  await terminal.close();
  await wire.close();
});

connecting("a token of another party's ends the terminal: what it follows is the first one's", async () => {
  const wire = await startWire(scene.hub.url);
  const parties = ["globex", "initech"];
  const token = () => scene.hub.token(parties.shift() ?? "initech");
  const terminal = await scene.terminal("globex", { url: wire.url, token });
  const issuance = await terminal.requestPayer({ ...OFFER });
  const waiting = rejection<TallystickError>(issuance.until("agreed"));
  const closed = new Promise<TallystickError | undefined>((resolve) => terminal.on("closed", resolve));
  wire.cut();
  const reason = await closed;
  assert.is(reason?.code, "unauthenticated");
  assert.match(reason?.message ?? "", "initech");
  assert.is(terminal.party, "globex");
  assert.is((await waiting).code, "disconnected");
  await wire.close();
});

connecting("keeps trying while the hub can't tell whether the token is good", async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const jwk = { ...(await exportJWK(publicKey)), alg: "ES256", kid: "one" };
  let isUp = false;
  const keys = createServer((_, response) => {
    response.statusCode = isUp ? 200 : 500;
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => keys.listen(0, "127.0.0.1", resolve));
  const { port } = keys.address() as AddressInfo;
  const hub = await startHub({ settings: { JWT_SECRET: "", JWKS_URL: `http://127.0.0.1:${port}/` } });
  const token = await new SignJWT({ sub: "globex", scope: "terminal" })
    .setProtectedHeader({ alg: "ES256", kid: "one" })
    .setExpirationTime("1h")
    .sign(privateKey);
  // A hub on a busy machine may take longer than that to say so.
  let early: TallystickError | undefined;
  for (let timeoutMs = 200; !early?.cause; timeoutMs *= 2)
    early = await rejection<TallystickError>(connect(hub.url, { token, timeoutMs }));
  assert.is(early.code, "timeout");
  assert.is((early.cause as TallystickError).code, "unavailable");
  const connected = connect(hub.url, { token });
  isUp = true;
  await (await connected).close();
  await hub.close();
  keys.close();
});

connecting("leaves no timer behind when it is closed while it waits to come back", async () => {
  const timers = watchTimers();
  const wire = await startWire(scene.hub.url);
  const terminal = await scene.terminal("globex", { url: wire.url });
  terminal.onRequest(() => undefined);
  await terminal.requestPayer({ ...OFFER });
  const gone = new Promise<void>((resolve) => terminal.on("disconnected", resolve));
  // Socket.IO's word for being sent away.
  wire.say("41");
  await gone;
  assert.ok(timers.open.size > 0);
  await terminal.close();
  assert.equal([...timers.open.values()], []);
  terminal.onRequest(() => undefined);
  assert.equal([...timers.open.values()], [], "nor when it is used afterwards");
  timers.stop();
  await wire.close();
});

/** The timers that the SDK has made and that are still to go off, with where they were made. */
function watchTimers(): { open: Map<unknown, string>; stop(): void } {
  const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
  const open = new Map<unknown, string>();
  const watched = (make: (...args: never[]) => unknown, isOnce: boolean) =>
    ((call: (...args: unknown[]) => void, ...more: never[]) => {
      const lines = new Error().stack?.split("\n") ?? [];
      const where = lines.find((line) => line.includes("/client-sdk/") && !line.includes("/test/"));
      const timer = make(
        ((...args: unknown[]) => {
          if (isOnce) open.delete(timer);
          call(...args);
        }) as never,
        ...more,
      );
      if (where) open.set(timer, where.trim());
      return timer;
    }) as never;
  const cleared = (clear: (timer: never) => void) =>
    ((timer: never) => {
      open.delete(timer);
      clear(timer);
    }) as never;
  Object.assign(globalThis, {
    setTimeout: watched(setTimeout as never, true),
    setInterval: watched(setInterval as never, false),
    clearTimeout: cleared(clearTimeout as never),
    clearInterval: cleared(clearInterval as never),
  });
  return {
    open,
    stop: () => void Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval }),
  };
}

connecting("a token that has ended is replaced when there is a way to get another", async () => {
  let asked = 0;
  const token = () => {
    asked += 1;
    return scene.hub.token("globex", { ttlSeconds: asked === 1 ? 4 : 3600 });
  };
  const terminal = await scene.terminal("globex", { token });
  const refusals: unknown[] = [];
  terminal.on("connect_error", (error) => refusals.push(error));
  await new Promise<void>((resolve) => terminal.on("connected", resolve));
  assert.equal(refusals, [], "it did not wait for the end");
  await delay(4000);
  const issuance = await terminal.requestPayer({ ...OFFER });
  assert.is(issuance.state, "proposed");
  assert.is(asked, 2);
});

connecting("a token that is renewed loses no event, however short tokens are", async () => {
  const token = (party: string) => () => scene.hub.token(party, { ttlSeconds: 4 });
  const issuer = await scene.terminal("globex", { token: token("globex") });
  const payer = await scene.terminal("acme", { token: token("acme") });
  let renewals = 0;
  payer.on("connected", () => {
    renewals += 1;
  });
  payer.onRequest(async (issuance) => {
    await issuance.agree();
  });
  for (let made = 0; renewals < 2; made++) {
    const issuance = await issuer.requestPayer({ ...OFFER, memo: String(made) });
    await issuance.until("agreed", { timeoutMs: 60_000 });
    await issuance.cancel();
  }
});

connecting("a token that has ended for good closes the terminal, and whoever waits is told", async () => {
  const wire = await startWire(scene.hub.url);
  const token = await scene.hub.token("globex", { ttlSeconds: 3 });
  const terminal = await scene.terminal("globex", { url: wire.url, token });
  const issuance = await terminal.requestPayer({ ...OFFER });
  const waiting = rejection<TallystickError>(issuance.until("agreed"));
  const closed = new Promise<TallystickError | undefined>((resolve) => terminal.on("closed", resolve));
  assert.is((await closed)?.code, "unauthenticated");
  const error = await waiting;
  assert.is(error.code, "disconnected");
  assert.is((error.cause as TallystickError).code, "unauthenticated");
  const refused = await rejection<TallystickError>(terminal.requestPayer({ ...OFFER }));
  assert.is(refused.code, "disconnected");
  assert.is(refused.money, "untouched", "it was never sent");
  await wire.close();
});

connecting("a closed terminal is gone, once, also by `await using`", async () => {
  const terminal = await scene.terminal("globex");
  let closed = 0;
  terminal.on("closed", (reason) => {
    assert.is(reason, undefined);
    closed += 1;
  });
  await terminal[Symbol.asyncDispose]();
  await terminal.close();
  assert.is(closed, 1);
  assert.not.ok(terminal.connected);
});

connecting.run();
