/** A hub says what its store's settings waste. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connectRedis } from "../../server/redis/connect.ts";
import { listpackWarning } from "../../server/redis/settings.ts";
import { startHub } from "../helpers/hub.ts";
import { startRedis } from "../helpers/redis.ts";

const settings = suite("settings of the store");

const SETTING = "hash-max-listpack-value";
const CASES: [value: string, rights: string | undefined, expected: RegExp | undefined][] = [
  ["64", undefined, /hash-max-listpack-value is 64: .* than with 1024$/],
  ["1024", undefined, undefined],
  ["2048", undefined, undefined],
  // Of what it does not tell nothing is said.
  ["64", "-config", undefined],
];
for (const [value, rights, expected] of CASES) {
  settings(`${SETTING} ${value}${rights ? ", and it is hidden" : ""}`, async () => {
    const redis = await startRedis({ settings: { [SETTING]: value } });
    if (rights) await redis.client().acl("SETUSER", "default", rights);
    const store = connectRedis(redis.url, { name: "test" });
    const waste = await listpackWarning(store);
    store.disconnect();
    await redis.stop();
    if (expected) assert.match(waste ?? "", expected);
    else assert.is(waste, undefined);
  });
}

settings("a hub warns of it as it starts, and serves", async () => {
  const redis = await startRedis({ settings: { [SETTING]: "64" } });
  const lines: string[] = [];
  const hub = await startHub({ redisUrl: redis.url, onLog: (line) => void lines.push(line) });
  await hub.close();
  await redis.stop();
  const warnings = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg.includes(SETTING));
  assert.equal(
    warnings.map(({ level }) => level),
    [40],
  );
});

settings.run();
