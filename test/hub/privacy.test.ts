/** A party learns nothing of what is not its own, and an issuer nothing of the payer's accounts. */
import { type AccountPut, COMMAND_NAMES, type ErrorBody, REFUSALS } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, errorOf, freshId, type RawTerminal } from "../helpers/raw-terminal.ts";
import { readIssuance } from "../helpers/read-issuance.ts";
import { openScene, payloadFor, type Scene, SITUATIONS, type Situation } from "./scene.ts";

const privacy = suite("privacy");

let hub: TestHub;
privacy.before(async () => {
  hub = await startHub({ settings: { RATE_LIMIT: "100000" } });
});
privacy.after(() => hub.close());

privacy(
  "another's issuance and one that does not exist are answered the same, whatever its state",
  async () => {
    const scene = await openScene(hub);
    const stranger = await connectTerminal(hub, "a-stranger");
    const nowhere = [
      "0-AAAAAAAAAAAAAAAA",
      "15-AAAAAAAAAAAAAAAA",
      "99999-AAAAAAAAAAAAAAAA",
      "007-AAAAAAAAAAAAAAAA",
    ];
    const answers: ErrorBody[] = [];
    for (const situation of Object.keys(SITUATIONS) as Situation[]) {
      const { issuanceId, version } = await scene.reach(situation);
      for (const id of [issuanceId, ...nowhere]) {
        for (const name of COMMAND_NAMES.filter((command) => command !== "payer:request")) {
          const payload = payloadFor(name, scene, id);
          answers.push(await stranger.refused(name, payload as never));
          answers.push(await stranger.refused(name, { ...payload, ifVersion: version } as never));
        }
        answers.push(errorOf(await stranger.sync(id)), errorOf(await stranger.list(id)));
      }
    }
    for (const answer of answers) assert.equal(answer, answers[0]);
    assert.is(answers[0]?.code, "not_found");
    assert.equal(stranger.events, []);
    assert.equal(stranger.session.open, []);
    scene.close();
    stranger.close();
  },
);

privacy("what others do reaches a third party in no message at all", async () => {
  const stranger = await connectTerminal(hub, "another-stranger");
  const scene = await openScene(hub);
  for (const situation of Object.keys(SITUATIONS) as Situation[]) {
    const { issuanceId } = await scene.reach(situation);
    await stranger.sync(issuanceId);
  }
  const { frames } = stranger;
  await stranger.settle();
  assert.not.ok(
    frames.some((frame) => frame.includes("issuance:event") || frame.includes(scene.payer.party)),
  );
  scene.close();
  stranger.close();
});

/** An account that could be mistaken for nothing else, wherever it turned up. */
const SECRET = { number: "NUMMER-7743-9951", holder: "Geheime Halterin 秘密", total: 987_654_321 };
const POOR = { number: "ARMUT-3300-9951", holder: "Arme Halterin 貧乏", total: 17 };
const AMOUNT = 987_654_321;

interface Witness {
  scene: Scene;
  /** All terminals of the issuer. */
  issuers: RawTerminal[];
}

async function witness(): Promise<Witness> {
  const scene = await openScene(hub);
  const { party } = scene.payer;
  for (const { number, holder, total } of [SECRET, POOR]) {
    await hub.putAccount(party, number, { kind: "funds", holder, currency: "CNY", balance: total });
  }
  const second = await connectTerminal(hub, scene.issuer.party);
  return { scene, issuers: [scene.issuer, second] };
}

/** Everything that the issuer asks for itself besides: the log, the list, HTTP. */
async function askAll({ scene, issuers }: Witness, issuanceId: string): Promise<string[]> {
  for (const terminal of issuers) {
    await terminal.sync(issuanceId);
    await terminal.list();
  }
  const headers = { authorization: `Bearer ${await hub.token(scene.issuer.party)}` };
  const urls = [`/v1/issuances/${issuanceId}`, `/v1/vouchers/v${issuanceId}`];
  return Promise.all(urls.map(async (url) => (await fetch(hub.url + url, { headers })).text()));
}

type Change = Partial<AccountPut> & { blocked?: boolean };
/** What can have happened to the account between its verification and the acceptance. */
const CHANGES: [code: string, change: Change][] = [
  ["account_name_mismatch", { holder: "Jemand anders 別人" }],
  ["account_blocked", { status: "blocked" }],
  ["currency_mismatch", { currency: "USD" }],
  ["insufficient_funds", { kind: "funds", balance: SECRET.total - 1 }],
];

/** The payer sends accounts that are refused for every reason there is, then a good one, and another. */
async function negotiate({ scene, issuers }: Witness): Promise<string[]> {
  const { issuer, payer } = scene;
  const { issuanceId } = await scene.request({ amount: AMOUNT, review: "every" });
  for (const terminal of issuers) await terminal.sync(issuanceId);
  await payer.accepted("payer:agree", { issuanceId });
  await issuer.accepted("issuance:open", { issuanceId });
  const submit = ({ number, holder }: { number: string; holder: string }) =>
    payer.command("account:submit", { issuanceId, account: { number, holder } });
  errorOf(await submit(POOR));
  errorOf(await submit({ ...SECRET, holder: "Falsche Halterin" }));
  assert.ok((await submit(SECRET)).ok);
  await issuer.accepted("account:change", { issuanceId, reason: "credit, please" });
  errorOf(await submit(POOR));
  await payer.accepted("account:keep", { issuanceId });
  await issuer.accepted("issuance:accept", { issuanceId });
  return askAll({ scene, issuers }, issuanceId);
}

async function negotiateInVain({ scene, issuers }: Witness, change: Change): Promise<string[]> {
  const { issuer, payer } = scene;
  const { party } = payer;
  const body = { kind: "funds", holder: SECRET.holder, currency: "CNY", balance: SECRET.total } as const;
  await hub.putAccount(party, SECRET.number, { ...body, status: "active" });
  const { issuanceId } = await scene.reach("opened", { amount: AMOUNT });
  for (const terminal of issuers) await terminal.sync(issuanceId);
  const { number, holder } = SECRET;
  await payer.accepted("account:submit", { issuanceId, account: { number, holder } });
  await hub.putAccount(party, number, { ...body, ...change } as AccountPut);
  const error = await issuer.refused("issuance:accept", { issuanceId });
  assert.is(error.code, "account_refused");
  return askAll({ scene, issuers }, issuanceId);
}

/** What an issuer must not read, as it would stand in a message. */
const SECRETS = [
  SECRET.number,
  SECRET.number.slice(0, -4),
  SECRET.holder,
  "Halterin",
  POOR.number.slice(0, -4),
  "anders",
  ...REFUSALS,
  '"number"',
  '"holder"',
  '"balance"',
  '"limit"',
  '"available"',
  '"frozen"',
];

function checkNoSecret(texts: string[]): void {
  const all = texts.join("\n");
  assert.ok(all.length > 1000);
  for (const secret of SECRETS) {
    assert.not.ok(all.includes(secret), `an issuer read "${secret}"`);
  }
}

privacy(
  "no message to the issuer has the number, the holder, the balance or why an account was refused",
  async () => {
    const seen = await witness();
    const texts = await negotiate(seen);
    for (const terminal of seen.issuers) await terminal.settle();
    checkNoSecret([...texts, ...seen.issuers.flatMap((terminal) => terminal.frames)]);
    // The same search finds them where they may be read.
    const told = seen.scene.payer.frames.join("\n");
    assert.ok(told.includes("insufficient_funds") && told.includes("account_name_mismatch"));
    for (const terminal of [...seen.issuers, seen.scene]) terminal.close();
  },
);

for (const [code, change] of CHANGES) {
  privacy(`an acceptance that fails for ${code} tells the issuer nothing of it`, async () => {
    const seen = await witness();
    const texts = await negotiateInVain(seen, change);
    for (const terminal of seen.issuers) await terminal.settle();
    checkNoSecret([...texts, ...seen.issuers.flatMap((terminal) => terminal.frames)]);
    for (const terminal of [...seen.issuers, seen.scene]) terminal.close();
  });
}

privacy("the amount that was available is nowhere in what the issuer is told", async () => {
  const seen = await witness();
  const { scene } = seen;
  await hub.putAccount(scene.payer.party, "RICH-0001", {
    kind: "credit",
    holder: "Rich",
    currency: "CNY",
    limit: 777_333_111,
  });
  const { issuanceId } = await scene.reach("opened", { amount: 5 });
  await scene.payer.accepted("account:submit", {
    issuanceId,
    account: { number: "RICH-0001", holder: "Rich" },
  });
  await scene.issuer.accepted("issuance:accept", { issuanceId });
  const texts = await askAll(seen, issuanceId);
  const all = [...texts, ...seen.issuers.flatMap((terminal) => terminal.frames)].join("\n");
  for (const number of ["777333111", "777333106"]) assert.not.ok(all.includes(number));
  for (const terminal of [...seen.issuers, scene]) terminal.close();
});

privacy("of a refused account an issuer learns the last digits alone, not even its kind", async () => {
  const scene = await openScene(hub);
  const { issuanceId } = await scene.reach("opened after a refusal");
  const log = await scene.issuer.sync(issuanceId);
  assert.ok(log.ok);
  const refused = log.events.at(-1);
  assert.equal(refused?.type === "account.refused" && refused.account, { last4: "0000" });
  assert.is(log.issuance.account, undefined);
  scene.close();
});

privacy("of a short number an issuer learns half at most", async () => {
  const scene = await openScene(hub);
  for (const [number, last4] of [
    ["7", ""],
    ["42", "2"],
    ["12345", "45"],
  ] as const) {
    await hub.putAccount(scene.payer.party, number, {
      kind: "funds",
      holder: "Short",
      currency: "CNY",
      balance: 1_000_000,
    });
    const { issuanceId } = await scene.reach("opened");
    const { issuance } = await scene.payer.accepted("account:submit", {
      issuanceId,
      account: { number, holder: "Short" },
    });
    assert.equal(issuance.account, { kind: "funds", last4 });
    const { account } = (await readIssuance(hub.running.ledger, issuanceId)).snapshot;
    assert.equal(account, { kind: "funds", last4 });
  }
  scene.close();
});

privacy("an unknown number, another party's account and a wrong name are refused the same", async () => {
  const scene = await openScene(hub);
  const { party } = scene.payer;
  const own = { kind: "funds", holder: "Own Holder", currency: "CNY", balance: 1_000_000 } as const;
  await hub.putAccount(party, "AAAA-1111", own);
  await hub.putAccount("somebody-else", "BBBB-1111", { ...own, holder: "Somebody Else" });
  await hub.putAccount(party, "DDDD-1111", { ...own, status: "blocked" });
  await hub.putAccount(party, "EEEE-1111", { ...own, currency: "USD", balance: 0 });
  const tries = [
    { number: "AAAA-1111", holder: "Wrong Holder" },
    { number: "BBBB-1111", holder: "Somebody Else" },
    { number: "BBBB-1111", holder: party },
    { number: "CCCC-1111", holder: "Own Holder" },
    { number: "DDDD-1111", holder: "Wrong Holder" },
    { number: "EEEE-1111", holder: "Wrong Holder" },
  ];
  const answers = [];
  for (const account of tries) {
    const { issuanceId } = await scene.reach("opened");
    const error = errorOf(
      await scene.payer.command("account:submit", { issuanceId, account, commandId: freshId() }),
    );
    const told = await scene.issuer.told(issuanceId, "account.refused");
    answers.push(anonymous({ error, told }));
  }
  assert.match(answers[0] ?? "", /account_name_mismatch/);
  for (const answer of answers) assert.is(answer, answers[0]);
  scene.close();
});

/** A message without what differs from issuance to issuance. */
function anonymous(message: object): string {
  return JSON.stringify(message, (key, value) =>
    ["issuanceId", "at", "deadline", "digest"].includes(key) ? undefined : (value as unknown),
  );
}

privacy.run();
