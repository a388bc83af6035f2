// about 12 s, mostly waiting
/** What has left the store is answered as before: nobody can tell but by the time it takes. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { parseKey } from "../../server/ledger/keys.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal } from "../helpers/raw-terminal.ts";
import { askAll, type Ended, endAll, left } from "./ended-scene.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "./places.ts";

const tests = suite("what has left the store");

let places: Places;
tests.before(async () => {
  places = await startPlaces();
});
tests.after(() => places.stop());

async function countKeys(hub: TestHub, noun: string): Promise<number> {
  const keys = await hub.running.store.keys("ts:*");
  return keys.filter((key) => parseKey(key)?.kind === noun || key.includes(`:${noun}:`)).length;
}

for (const name of PLACE_NAMES) {
  tests(`is answered as before, to everybody (${name})`, async () => {
    const settings = {
      RETIRE_AFTER: "2",
      ARCHIVE_URL: await placeOf(places, name).fresh(),
      RATE_LIMIT: "100000",
    };
    const hub = await startHub({ settings });
    const outsider = await connectTerminal(hub, "outsider");
    let ended: Ended | undefined;
    try {
      ended = await endAll(hub);
      const before = await askAll(hub, ended, outsider);
      for (const id of [ended.declined, ended.honoured, ended.voided]) await left(hub, id);
      assert.equal(await askAll(hub, ended, outsider), before);
      for (const noun of ["issuance", "voucher", "credits"]) assert.is(await countKeys(hub, noun), 0, noun);
      assert.equal((await audit(hub.running)).findings, []);
    } finally {
      outsider.close();
      ended?.scene.close();
      await hub.close();
    }
  });
}

tests.run();
