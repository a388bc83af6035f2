// about 25 s, mostly waiting
/** The walk that counts the book ends as soon as nobody wants it any more, also where no partition can be read. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startLedger } from "./start-ledger.ts";

const census = suite("the census");

census("asks no further partition once it is to end: a hub whose store is away stops at once", async () => {
  const book = await startLedger({ partitions: 4 });
  try {
    const walk = async (goesOn: (failures: number) => boolean) => {
      let failures = 0;
      await book.ledger.census.step(() => void failures++, { goesOn: () => goesOn(failures) });
      return failures;
    };
    assert.is(await walk(() => true), 0);
    book.store.on("error", () => undefined);
    await book.redis.kill("SIGKILL");
    // The lists of what waits and of what is open are one look each.
    const looks = 2;
    assert.is(await walk(() => false), looks);
    assert.is(await walk((failures) => failures <= looks), looks + 1);
    assert.ok((await walk(() => true)) > looks + 1, "otherwise it passes over those that do not answer");
  } finally {
    await book.stop();
  }
});

census.run();
