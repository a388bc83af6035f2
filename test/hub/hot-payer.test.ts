/** A payer with a thousand issuances at once: all its money is in one partition, and each has its one answer. */
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, errorOf, type RawTerminal } from "../helpers/raw-terminal.ts";

const hot = suite("a hot payer");

const ISSUANCES = 1000;
const AFFORDED = 600;
const AMOUNT = 100;
const account = { number: "6222020200112233", holder: "Acme Ltd" };

let hub: TestHub;
hot.before(async () => {
  hub = await startHub({ settings: { RATE_LIMIT: "1000000" } });
  const balance = AFFORDED * AMOUNT;
  await hub.putAccount("acme", account.number, {
    kind: "funds",
    holder: account.holder,
    currency: "CNY",
    balance,
  });
});
hot.after(() => hub.close());

async function openOne(issuer: RawTerminal, payer: RawTerminal): Promise<string> {
  const offer = { payer: "acme", amount: AMOUNT, currency: "CNY", review: "none" } as const;
  const { issuanceId } = (await issuer.accepted("payer:request", offer)).issuance;
  await payer.accepted("payer:agree", { issuanceId });
  await issuer.accepted("issuance:open", { issuanceId });
  return issuanceId;
}

hot(
  "has each of a thousand accounts sent at once answered: issued while there is money, then refused",
  async () => {
    const issuers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => connectTerminal(hub, `shop-${index}`)),
    );
    const payer = await connectTerminal(hub, "acme");
    const ids = await Promise.all(
      Array.from({ length: ISSUANCES }, (_, index) =>
        openOne(issuers[index % issuers.length] as RawTerminal, payer),
      ),
    );
    const answers = await Promise.all(
      ids.map((issuanceId) => payer.command("account:submit", { issuanceId, account })),
    );
    const refused = answers.filter(({ ok }) => !ok).map((answer) => errorOf(answer).code);
    assert.is(answers.length - refused.length, AFFORDED);
    assert.equal(new Set(refused), new Set(["insufficient_funds"]));
    const found = await hub.running.accounts.get({ party: "acme", number: account.number });
    assert.is(found?.frozen, AFFORDED * AMOUNT);
    assert.is(found?.available, 0);
    // What was refused waits for another account, and the list of what is open still tells all of it.
    const listed = new Set<string>();
    let before: string | undefined;
    for (;;) {
      const page = await payer.list(before);
      if (!page.ok) throw new Error(page.error.message);
      for (const { issuanceId } of page.open) listed.add(issuanceId);
      if (!page.more) break;
      before = page.open.at(-1)?.issuanceId;
    }
    assert.is(listed.size, ISSUANCES - AFFORDED);
    assert.equal((await audit(hub.running)).findings, []);
    for (const terminal of [...issuers, payer]) terminal.close();
  },
);

hot("that sends more than it may is told when to go on, and nothing of it is lost", async () => {
  const slow = await startHub({ redisUrl: hub.redisUrl, settings: { RATE_LIMIT: "50" } });
  const [issuer, payer] = [await connectTerminal(hub, "shop"), await connectTerminal(slow, "acme")];
  const offer = { payer: "acme", amount: AMOUNT, currency: "CNY" } as const;
  const made = await Promise.all(Array.from({ length: 200 }, () => issuer.accepted("payer:request", offer)));
  // One after the other, as far apart as the hub says: all at once again would be a flood.
  let nextAt = 0;
  const agree = async ({ issuance }: (typeof made)[number]): Promise<number> => {
    const payload = { issuanceId: issuance.issuanceId, commandId: issuance.issuanceId };
    for (let tries = 1; ; tries++) {
      const answer = await payer.command("payer:agree", payload);
      if (answer.ok) return tries;
      assert.is(answer.error.code, "rate_limited");
      const { retryAfter } = answer.error.details as { retryAfter: number };
      const now = performance.now();
      nextAt = Math.max(now, nextAt) + retryAfter;
      await setTimeout(nextAt - now);
    }
  };
  const tries = await Promise.all(made.map(agree));
  assert.ok(tries.some((count) => count > 1));
  for (const terminal of [issuer, payer]) terminal.close();
  await slow.close();
});

hot.run();
