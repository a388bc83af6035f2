import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CircuitBreaker, StoreAwayError } from "../../server/ledger/circuit-breaker.ts";
import { isAway } from "../../server/redis/availability.ts";
import { connectRedis } from "../../server/redis/connect.ts";
import { startRedis } from "../helpers/redis.ts";

const circuits = suite("the circuit in front of the store");

/** Makes a call as the ledger does. */
async function through<T>(circuit: CircuitBreaker, make: () => Promise<T>): Promise<T> {
  circuit.begin();
  let error: unknown;
  try {
    return await make();
  } catch (caught) {
    error = caught;
    throw caught;
  } finally {
    circuit.end(error);
  }
}

async function scene() {
  const redis = await startRedis();
  const store = connectRedis(redis.url, { name: "test", commandTimeoutMs: 150 });
  store.on("error", () => undefined);
  let sent = 0;
  const circuit = new CircuitBreaker({ probe: () => store.ping(), isAway, mostWaiting: 5, probeEveryMs: 20 });
  const call = () =>
    through(circuit, () => {
      sent += 1;
      return store.incr("counted");
    });
  const stop = async () => {
    circuit.close();
    store.disconnect();
    await redis.stop();
  };
  return { redis, circuit, call, sent: () => sent, stop };
}

const nameOf = (promise: Promise<unknown>) => promise.then(String, (error: Error) => error.name);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(10);
}

circuits(
  "refuses calls without sending them while the store hangs, and sends them again when it is back",
  async () => {
    const { redis, circuit, call, sent, stop } = await scene();
    await call();
    process.kill(redis.pid, "SIGSTOP");
    for (let failure = 0; failure < 3; failure++) assert.ok(isAway(await call().catch((error) => error)));
    assert.ok(circuit.isOpen);
    const before = sent();
    for (let refused = 0; refused < 100; refused++) assert.is(await nameOf(call()), "StoreAwayError");
    assert.is(sent(), before);
    process.kill(redis.pid, "SIGCONT");
    await until(() => !circuit.isOpen);
    // Some that nobody answered were done all the same, and the client may even have sent them twice: that
    // is what "unknown" means, and why each command has an id.
    assert.ok((await call()) >= 2);
    await stop();
  },
);

circuits("opens when the store is killed and closes when it is started again", async () => {
  const { redis, circuit, call, stop } = await scene();
  await redis.kill("SIGKILL");
  while (!circuit.isOpen) await nameOf(call());
  await redis.restart();
  await until(() => !circuit.isOpen);
  assert.is(await call(), 1);
  await stop();
});

circuits("lets only so many calls wait", async () => {
  const { redis, call, sent, stop } = await scene();
  await call();
  process.kill(redis.pid, "SIGSTOP");
  const names = Array.from({ length: 8 }, () => nameOf(call()));
  assert.is(sent(), 1 + 5);
  assert.is((await Promise.all(names)).filter((name) => name === "StoreAwayError").length, 3);
  process.kill(redis.pid, "SIGCONT");
  await stop();
});

circuits("takes no notice of a command that is merely wrong", async () => {
  const { circuit, stop } = await scene();
  for (let fault = 0; fault < 10; fault++) {
    await through(circuit, () => Promise.reject(new TypeError("a bug"))).catch(() => undefined);
  }
  assert.not(circuit.isOpen);
  assert.ok(new StoreAwayError("x") instanceof Error);
  await stop();
});

circuits.run();
