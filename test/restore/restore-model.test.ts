/**
 * Books in which random steps were taken are made anew from their journals, in a second Redis: key by key they are the
 * same, the audit holds, and whatever was sent before is answered as before. FC_RUNS=20 takes twenty times as many.
 */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { restoreBook } from "../../server/restore/restore.ts";
import { holds } from "../helpers/properties.ts";
import { startLedger } from "../ledger/start-ledger.ts";
import { type Step, sequences } from "../ledger/steps.ts";
import { type VoucherStep, voucherLives } from "../ledger/voucher-steps.ts";
import { VoucherWorld } from "../ledger/voucher-world.ts";
import { World } from "../ledger/world.ts";
import { livingSource } from "./living-source.ts";
import { openRestored } from "./open-restored.ts";
import { assertSameBook } from "./same-book.ts";

const model = suite("random books made anew");

/** The tests' own ways to move time alter records, which no script does. */
const ALTERING: ReadonlySet<string> = new Set(["pass deadline", "silence", "expiry"]);

function untouched<S extends { kind: string }>(steps: readonly S[]): S[] {
  return steps.filter(({ kind }) => !ALTERING.has(kind));
}

async function walk(steps: readonly Step[], lives: readonly VoucherStep[]): Promise<void> {
  const living = await startLedger();
  const other = await startLedger();
  try {
    const world = new World(living, () => undefined);
    await world.begin();
    for (const step of untouched(steps)) await world.take(step);
    const vouchers = new VoucherWorld(living, () => undefined);
    await vouchers.begin();
    for (const step of untouched(lives)) await vouchers.take(step);
    const [was, is] = [living.redis.client(), other.redis.client()];
    await is.flushall();
    const { partitions } = living.ledger;
    const source = await livingSource(was, partitions);
    await restoreBook({ store: other.store, source, retentionMs: living.options.retentionMs });
    await assertSameBook(was, is, partitions);
    assert.equal((await audit(await openRestored(other, living.options))).findings, []);
  } finally {
    await living.stop();
    await other.stop();
  }
}

model("are the books that they were", () =>
  holds(fc.asyncProperty(sequences, voucherLives, walk), { name: "restored", runs: 10 }),
);

model.run();
