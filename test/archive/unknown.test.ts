// about 13 s, mostly waiting
/**
 * Whoever asks for what is not its own, among what has left the store, learns nothing: not from the answer, and not from how
 * much is done about it. What it asks for costs it its allowance.
 */
import type { CheckAck } from "@tallystick/protocol";
import { issuanceIdOf } from "@tallystick/protocol";
import type { KyselyPlugin } from "kysely";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { compareKnown } from "../../server/archive/known.ts";
import { readRetired } from "../../server/archive/record.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, errorOf, type RawTerminal } from "../helpers/raw-terminal.ts";
import { type Ended, endAll, left } from "./ended-scene.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "./places.ts";
import { begin, decline, end, honour, retire } from "./retiring-book.ts";

const tests = suite("what has left the store and is another's");

let places: Places;
tests.before(async () => {
  places = await startPlaces();
});
tests.after(() => places.stop());

/** FENCES_PER_PARTY, as it comes. */
const FENCES = 20;
const DIGEST = "0123456789ab";
/** Of what nobody has, as many as are asked for. */
const unknown = (index: number) => `${index % 16}-${String(index).padStart(16, "A")}`;

for (const name of PLACE_NAMES) {
  tests(`is looked for by as many queries as what there is not (${name})`, async () => {
    const context = await begin(placeOf(places, name));
    try {
      const ids = [await decline(context, "a"), await honour(context)];
      await retire(context);
      let queries = 0;
      const counts: KyselyPlugin = {
        transformQuery: ({ node }) => {
          queries += 1;
          return node;
        },
        transformResult: async ({ result }) => result,
      };
      const database = context.archive.database.withPlugin(counts);
      const countOf = async (run: () => Promise<unknown>) => {
        queries = 0;
        await run();
        return queries;
      };
      for (const id of ids) {
        const none = id.startsWith("v") ? `v${unknown(1)}` : unknown(1);
        const check = (of: string) => () =>
          compareKnown(database, { party: "stranger", known: [{ id: of, version: 1, digest: DIGEST }] });
        const read = (of: string) => () => readRetired(database, { id: of, party: "stranger" });
        assert.is(await countOf(check(id)), await countOf(check(none)), "compared");
        assert.is(await countOf(read(id)), await countOf(read(none)), "read");
      }
      const known = Array.from({ length: 100 }, (_, index) => ({
        ...{ id: unknown(index), version: 2, digest: DIGEST },
      }));
      assert.is(
        await countOf(() => compareKnown(database, { party: "stranger", known })),
        1,
        "a page at once",
      );
    } finally {
      await end(context);
    }
  });
}

/** How many calls of scripts a hub has made. */
async function callsOf(hub: TestHub): Promise<number> {
  const text = await hub.running.registry.getSingleMetricAsString("tallystick_store_call_seconds");
  return [...text.matchAll(/_count\{[^}]*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

interface Scene {
  hub: TestHub;
  ended: Ended;
  stranger: RawTerminal;
}

async function withScene(settings: object, run: (scene: Scene) => Promise<void>): Promise<void> {
  const url = await placeOf(places, "SQLite").fresh();
  const hub = await startHub({
    settings: { RETIRE_AFTER: "1", ARCHIVE_URL: url, SWEEP_INTERVAL: "60000", ...settings },
  });
  const stranger = await connectTerminal(hub, "stranger");
  let ended: Ended | undefined;
  try {
    ended = await endAll(hub);
    for (const id of [ended.declined, ended.honoured]) await left(hub, id);
    await run({ hub, ended, stranger });
  } finally {
    stranger.close();
    ended?.scene.close();
    await hub.close();
  }
}

const check = async (terminal: RawTerminal, ids: readonly string[]) =>
  (await terminal.send("issuance:check", {
    known: ids.map((id) => ({ id, version: 2, digest: DIGEST })),
  })) as CheckAck;

tests("is answered as what there is not, with as much work, whichever way it is asked for", () =>
  withScene({ RATE_LIMIT: "100000" }, async ({ hub, ended, stranger }) => {
    const living = await ended.scene.issue();
    const others = [ended.declined, issuanceIdOf(ended.honoured), issuanceIdOf(living)];
    const vouchers = [ended.honoured, living];
    const none = (id: string, index: number) => `${id.split("-")[0]}-${String(index).padStart(16, "B")}`;
    const ways: [title: string, ids: string[], ask: (id: string) => Promise<unknown>][] = [
      ["check", [...others, ...vouchers], async (id) => (await check(stranger, [id])).ok],
      [
        "sync",
        others,
        (issuanceId) => stranger.send("issuance:sync", { issuanceId, after: 2, digest: DIGEST }),
      ],
      [
        "sync",
        vouchers,
        (voucherId) => stranger.send("voucher:sync", { voucherId, after: 2, digest: DIGEST }),
      ],
    ];
    // First of all what there is not comes to be listed as missing, up to the quota.
    await check(
      stranger,
      Array.from({ length: FENCES }, (_, index) => unknown(500 + index)),
    );
    for (const [title, ids, ask] of ways)
      for (const [index, id] of ids.entries()) {
        const measured = async (of: string) => {
          const before = await callsOf(hub);
          const answer = await ask(of);
          return { answer, calls: (await callsOf(hub)) - before };
        };
        assert.equal(await measured(id), await measured(none(id, index)), `${title} of ${id}`);
      }
    const all = [...others, ...vouchers, unknown(7), `v${unknown(8)}`];
    const answer = await check(stranger, all);
    assert.equal(answer.ok && answer.behind, all, "without telling which");
  }),
);

tests("costs the allowance of as many messages, whether there is anything or not", () =>
  withScene({ RATE_LIMIT: "100" }, async ({ ended, stranger }) => {
    const page = Array.from({ length: 100 }, (_, index) => unknown(index));
    const answers = await Promise.all(Array.from({ length: 4 }, () => check(stranger, page)));
    const refused = answers.filter(({ ok }) => !ok).map((answer) => errorOf(answer as never).code);
    assert.ok(refused.length >= 1, "two bursts are all that is let through at once");
    assert.ok(refused.every((code) => code === "rate_limited"));
    // The party itself is answered meanwhile.
    assert.ok((await ended.scene.issuer.sync(ended.declined)).ok);
  }),
);

tests.run();
