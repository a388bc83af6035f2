/** Many commands at the same moment: one outcome each, and books in balance. */
import type { CommandAck, CommandName, ErrorCode } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, freshId } from "../helpers/raw-terminal.ts";
import { checkBooks } from "./books.ts";
import { ACCOUNTS, AMOUNT, openScene, type Scene, submission } from "./scene.ts";

const races = suite("races");

let hub: TestHub;
races.before(async () => {
  hub = await startHub({ settings: { RATE_LIMIT: "1000000" } });
});
races.after(() => hub.close());

function count(answers: CommandAck[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) {
    const result = answer.ok ? answer.event.type : answer.error.code;
    counts[result] = (counts[result] ?? 0) + 1;
  }
  return counts;
}

const SHARED = { holder: "Shared", currency: "CNY" } as const;

/** Issuances of several issuers, each with the payer's one account verified. */
async function manyVerified(payer: Scene, issuers: Scene[], each: number) {
  const account = { number: "SHARED", holder: "Shared" };
  const verify = async (issuer: Scene) => {
    const { issuanceId } = await issuer.request({ payer: payer.payer.party });
    await payer.payer.accepted("payer:agree", { issuanceId });
    await issuer.issuer.accepted("issuance:open", { issuanceId });
    await payer.payer.accepted("account:submit", { issuanceId, account });
    return { issuer: issuer.issuer, issuanceId };
  };
  return Promise.all(issuers.flatMap((issuer) => Array.from({ length: each }, () => verify(issuer))));
}

for (const [kind, total, affordable] of [
  ["funds", 37 * AMOUNT, 37],
  ["credit", 37 * AMOUNT + AMOUNT - 1, 37],
  ["funds", 0, 0],
] as const) {
  const title = `of 120 acceptances against one account of ${kind} at once, just the ${affordable} that it affords are issued`;
  races(title, async () => {
    const payer = await openScene(hub);
    const issuers = await Promise.all(Array.from({ length: 6 }, () => openScene(hub)));
    const { party } = payer.payer;
    const plenty = 1000 * AMOUNT;
    const put = (sum: number) =>
      hub.putAccount(party, "SHARED", {
        ...SHARED,
        ...(kind === "funds" ? { kind, balance: sum } : { kind, limit: sum }),
      });
    await put(plenty);
    const waiting = await manyVerified(payer, issuers, 20);
    await put(total);
    const before = await checkBooks(hub);
    const answers = await Promise.all(
      waiting.map(({ issuer, issuanceId }) => issuer.command("issuance:accept", { issuanceId })),
    );
    const counts = count(answers);
    assert.is(counts["voucher.issued"] ?? 0, affordable);
    assert.is(counts.account_refused ?? 0, 120 - affordable);
    const account = await hub.running.accounts.get({ party, number: "SHARED" });
    assert.is(account?.frozen, affordable * AMOUNT);
    const after = await checkBooks(hub);
    assert.equal(
      [after.vouchers - before.vouchers, after.frozen - before.frozen],
      [affordable, affordable * AMOUNT],
    );
    for (const one of [payer, ...issuers]) one.close();
  });
}

races(
  "of submit, change, cancel and accept at the same moment on one issuance, each outcome is whole",
  async () => {
    const scene = await openScene(hub);
    const before = await checkBooks(hub);
    let issued = 0;
    const endings = new Set<string>();
    for (let round = 0; round < 40; round++) {
      const { issuanceId, version } = await scene.reach("verified");
      const commands: [keyof Pick<Scene, "issuer" | "payer">, CommandName][] = [
        ["payer", "account:submit"],
        ["payer", "account:change"],
        ["issuer", "account:change"],
        ["issuer", "issuance:cancel"],
        ["payer", "issuance:cancel"],
        ["issuer", "issuance:accept"],
      ];
      // Another order each time, so that each of them comes first now and then.
      const turned = [...commands.slice(round % 6), ...commands.slice(0, round % 6)];
      const answers = await Promise.all(
        turned.map(([role, name]) => {
          const payload = name === "account:submit" ? submission(scene, issuanceId, "other") : { issuanceId };
          return scene[role].command(name, payload as never);
        }),
      );
      const log = await scene.payer.sync(issuanceId, version);
      assert.ok(log.ok);
      checkWhole(answers, log.events, version);
      const last = log.events.at(-1)?.state;
      if (last === "issued") issued += 1;
      endings.add(last ?? "");
    }
    assert.ok(endings.has("issued") && endings.has("cancelled"), [...endings].join(" "));
    const after = await checkBooks(hub);
    assert.is(after.vouchers - before.vouchers, issued);
    scene.close();
  },
);

/** Each event in the log is the answer to one command, in order, and at most one of them is an end. */
function checkWhole(
  answers: CommandAck[],
  events: { version: number; state: string }[],
  version: number,
): void {
  const done = answers.filter((answer) => answer.ok).map((answer) => answer.event);
  assert.equal(
    done.sort((a, b) => a.version - b.version),
    events,
  );
  assert.equal(
    events.map((event) => event.version),
    events.map((_, index) => version + 1 + index),
  );
  const ends = events.filter(({ state }) => state === "issued" || state === "cancelled");
  assert.is(ends.length, 1, "cancelling is always allowed before the end, so there is one end");
  const refused = answers.filter((answer) => !answer.ok).map((answer) => answer.error.code);
  assert.ok(refused.every((code: ErrorCode) => code === "wrong_state"));
}

races(
  "of twenty that keep the account at the same moment, one does and the others find it done",
  async () => {
    const scene = await openScene(hub);
    const { issuanceId, version } = await scene.reach("changing");
    const keep = { issuanceId, ifVersion: version };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => scene.payer.command("account:keep", keep)),
    );
    const counts = count(answers);
    assert.is(counts["account.kept"], 1);
    assert.is(counts.wrong_state, 19);
    scene.close();
  },
);

races("1,000 repeats of one command over four connections have one effect and one answer", async () => {
  const scene = await openScene(hub);
  const { issuanceId, version } = await scene.reach("verified");
  const before = await scene.account("good");
  const terminals = await Promise.all(
    Array.from({ length: 4 }, () => connectTerminal(hub, scene.issuer.party)),
  );
  const payload = { issuanceId, commandId: freshId() };
  const answers = await Promise.all(
    Array.from({ length: 1000 }, (_, index) => terminals[index % 4]?.command("issuance:accept", payload)),
  );
  const [first] = answers;
  assert.ok(first?.ok);
  assert.is(first.issuance.state, "issued");
  for (const answer of answers) assert.equal(answer, first);
  assert.is((await scene.account("good")).frozen - before.frozen, AMOUNT);
  const log = await scene.payer.sync(issuanceId);
  assert.ok(log.ok && log.issuance.version === version + 1);
  await checkBooks(hub);
  for (const terminal of [...terminals, scene]) terminal.close();
});

races("1,000 repeats of one request make one issuance", async () => {
  const scene = await openScene(hub);
  const request = { commandId: freshId(), payer: scene.payer.party, amount: AMOUNT, currency: "CNY" };
  const answers = await Promise.all(
    Array.from({ length: 1000 }, () => scene.issuer.command("payer:request", request)),
  );
  for (const answer of answers) assert.equal(answer, answers[0]);
  await scene.payer.settle();
  // Each repeat tells the one event again, since nothing has happened since.
  assert.is(new Set(scene.payer.events.map((event) => JSON.stringify(event))).size, 1);
  const list = await scene.issuer.list();
  assert.ok(list.ok && list.open.length === 1);
  scene.close();
});

races("adjustments, blocks and acceptances at once never leave more frozen than there is", async () => {
  const scene = await openScene(hub);
  const account = { party: scene.payer.party, number: ACCOUNTS.good.number };
  const waiting = await Promise.all(Array.from({ length: 30 }, () => scene.reach("verified")));
  const { balance } = await scene.account("good");
  await hub.running.accounts.adjust(account, { amount: 20 * AMOUNT - balance, reference: "down" });
  await Promise.all([
    ...waiting.map(({ issuanceId }) => scene.issuer.command("issuance:accept", { issuanceId })),
    ...Array.from({ length: 20 }, (_, index) =>
      hub.running.accounts.adjust(account, { amount: -AMOUNT, reference: `take-${index}` }),
    ),
    ...Array.from({ length: 10 }, (_, index) =>
      hub.running.accounts.setStatus(account, index % 2 === 0 ? "blocked" : "active"),
    ),
  ]);
  const after = await scene.account("good");
  assert.ok(after.available >= 0);
  await checkBooks(hub);
  scene.close();
});

races.run();
