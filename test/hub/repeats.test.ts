/** A command repeated with its commandId has one effect and the same answer; with other content it is a conflict. */
import {
  COMMAND_NAMES,
  type CommandAck,
  type CommandName,
  hasEnded,
  type Snapshot,
} from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { issuanceKeys, partitionOf } from "../../server/ledger/keys.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, errorOf, freshId, type RawTerminal } from "../helpers/raw-terminal.ts";
import { ACCOUNTS, AMOUNT, openScene, payloadFor, type Scene, type Situation, submission } from "./scene.ts";

const repeats = suite("repeats");

let hub: TestHub;
let scene: Scene;
repeats.before(async () => {
  hub = await startHub({ settings: { RATE_LIMIT: "100000" } });
  scene = await openScene(hub);
});
repeats.after(async () => {
  scene.close();
  await hub.close();
});

/** Where each command is allowed, and who sends it. */
const ALLOWED: { [C in Exclude<CommandName, "payer:request">]: ["issuer" | "payer", Situation] } = {
  "payer:agree": ["payer", "proposed"],
  "payer:decline": ["payer", "proposed"],
  "issuance:open": ["issuer", "agreed"],
  "account:submit": ["payer", "opened"],
  "account:change": ["issuer", "verified"],
  "account:keep": ["payer", "changing"],
  "issuance:accept": ["issuer", "verified"],
  "issuance:cancel": ["payer", "changing"],
};

/** Commands that say more than which issuance they mean. */
const NEEDS_MORE: ReadonlySet<CommandName> = new Set<CommandName>(["payer:request", "account:submit"]);

interface Sent {
  sender: RawTerminal;
  name: CommandName;
  payload: { commandId: string };
  answer: CommandAck;
}

/** Sends a command that is accepted. */
async function sendFirst(name: CommandName): Promise<Sent> {
  const commandId = freshId();
  if (name === "payer:request") {
    const payload = { commandId, payer: scene.payer.party, amount: AMOUNT, currency: "CNY", memo: "a memo" };
    return { sender: scene.issuer, name, payload, answer: await scene.issuer.accepted(name, payload) };
  }
  const [role, situation] = ALLOWED[name];
  const { issuanceId } = await scene.reach(situation);
  const payload = { ...payloadFor(name, scene, issuanceId), commandId };
  return { sender: scene[role], name, payload, answer: await scene[role].accepted(name, payload as never) };
}

async function state(issuanceId: string) {
  const answer = await scene.issuer.sync(issuanceId);
  assert.ok(answer.ok);
  return { answer, good: await scene.account("good"), other: await scene.account("other") };
}

function snapshotIn(answer: CommandAck): Snapshot {
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.issuance;
}

for (const name of COMMAND_NAMES) {
  repeats(
    `${name} has one effect, and is answered the same over any connection and however late`,
    async () => {
      const { sender, payload, answer } = await sendFirst(name);
      const { issuanceId, state: reached } = snapshotIn(answer);
      const after = await state(issuanceId);
      assert.equal(await sender.send(name, payload), answer);
      const again = await connectTerminal(hub, sender.party);
      assert.equal(await again.send(name, payload), answer);
      assert.equal(await state(issuanceId), after);

      if (!hasEnded(reached)) await scene.issuer.accepted("issuance:cancel", { issuanceId });
      assert.equal(await again.send(name, payload), answer);
      const reversed = Object.fromEntries(Object.entries(payload).reverse());
      assert.equal(await again.send(name, reversed), answer);
      again.close();
    },
  );

  repeats(
    `${name} repeated is told again, word for word, while nothing has happened since, and never to its sender`,
    async () => {
      const { sender, payload, answer } = await sendFirst(name);
      const { issuanceId, state: reached } = snapshotIn(answer);
      const other = sender === scene.payer ? scene.issuer : scene.payer;
      const told = () => other.events.filter((event) => event.issuanceId === issuanceId);
      await other.settle();
      const before = told();
      await sender.send(name, payload);
      await other.settle();
      // Who was in no room that hears of it heard nothing the first time either.
      const again = told().slice(before.length);
      assert.ok(again.length <= 1);
      for (const event of again) assert.equal(event, before.at(-1));
      assert.ok(
        sender.events.every((event) => event.issuanceId !== issuanceId || event.by !== roleOf(sender)),
      );
      if (hasEnded(reached)) return;
      await scene.issuer.accepted("issuance:cancel", { issuanceId });
      await other.settle();
      const ended = told().length;
      await sender.send(name, payload);
      await other.settle();
      assert.is(told().length, ended, "of what is past nobody is told");
    },
  );

  repeats(`${name} whose answer was lost with the connection is answered over the next one`, async () => {
    const situation = name === "payer:request" ? undefined : ALLOWED[name][1];
    const role = name === "payer:request" ? "issuer" : ALLOWED[name][0];
    const issuanceId = situation && (await scene.reach(situation)).issuanceId;
    const payload = issuanceId
      ? { ...payloadFor(name, scene, issuanceId), commandId: freshId() }
      : { commandId: freshId(), payer: scene.payer.party, amount: AMOUNT, currency: "CNY" };
    const before = issuanceId ? (await state(issuanceId)).answer.issuance.version : 0;
    await sendAndLose(role, name, payload, issuanceId);
    const next = await connectTerminal(hub, scene[role].party);
    const answer = (await next.send(name, payload)) as CommandAck;
    const snapshot = snapshotIn(answer);
    assert.is(snapshot.version, before + 1);
    assert.equal((await state(snapshot.issuanceId)).answer.issuance, snapshot);
    next.close();
  });
}

function roleOf(sender: RawTerminal): "issuer" | "payer" {
  return sender === scene.issuer ? "issuer" : "payer";
}

interface Line {
  onmessage: (message: unknown) => void;
  terminate(): void;
}

/** Sends a command from a terminal that hears nothing more and is cut off once the command was done. */
async function sendAndLose(
  role: "issuer" | "payer",
  name: CommandName,
  payload: object,
  issuanceId?: string,
) {
  const doomed = await connectTerminal(hub, scene[role].party);
  const watcher = role === "issuer" ? scene.payer : scene.issuer;
  if (issuanceId) await watcher.sync(issuanceId);
  await watcher.settle();
  const seen = watcher.events.length;
  const { ws } = doomed.socket.io.engine.transport as unknown as { ws: Line };
  ws.onmessage = () => undefined;
  let answered = false;
  doomed.socket.emit(name, payload as never, () => {
    answered = true;
  });
  while (watcher.events.length === seen)
    await new Promise((resolve) => watcher.socket.once("issuance:event", resolve));
  ws.terminate();
  await new Promise((resolve) => doomed.socket.once("disconnect", resolve));
  assert.not.ok(answered);
}

const BAD_ACCOUNTS = [
  ["a name that is not the holder's", { number: ACCOUNTS.good.number, holder: "Somebody Else" }],
  ["an account without money", { number: ACCOUNTS.empty.number, holder: undefined }],
] as const;
for (const [what, account] of BAD_ACCOUNTS) {
  repeats(`a refusal for ${what} is answered the same again, and counts once`, async () => {
    const { issuanceId } = await scene.reach("opened");
    const bad = { ...account, holder: account.holder ?? scene.payer.party };
    const payload = { issuanceId, commandId: freshId(), account: bad };
    const first = await scene.payer.command("account:submit", payload);
    const after = await state(issuanceId);
    errorOf(first);
    for (let repeat = 0; repeat < 6; repeat++) {
      assert.equal(await scene.payer.command("account:submit", payload), first);
    }
    await scene.payer.accepted("account:submit", submission(scene, issuanceId, "good"));
    assert.equal(await scene.payer.command("account:submit", payload), first);
    assert.is(after.answer.issuance.version, 4);
  });
}

repeats("a refused change is answered the same again, and leaves nothing", async () => {
  const { issuanceId } = await scene.reach("verified");
  for (let change = 0; change < 5; change++) {
    await scene.issuer.accepted("account:change", { issuanceId });
    await scene.payer.accepted("account:keep", { issuanceId });
  }
  const [key] = issuanceKeys(issuanceId);
  const { store } = hub.running;
  const before = await store.hgetall(key);
  const payload = { issuanceId, commandId: freshId() };
  const first = await scene.issuer.command("account:change", payload);
  assert.is(errorOf(first).code, "change_not_allowed");
  assert.equal(await scene.issuer.command("account:change", payload), first);
  for (let count = 0; count < 20; count++) {
    for (const side of [scene.issuer, scene.payer])
      assert.equal(await side.command("account:change", { issuanceId }), first);
  }
  assert.equal(await store.hgetall(key), before);
  // Nothing is remembered of it: it is refused by what is true then.
  await scene.issuer.accepted("issuance:accept", { issuanceId });
  assert.is((await scene.issuer.refused("account:change", payload)).code, "wrong_state");
});

repeats(
  "what was refused before it was the command's own turn is not remembered, and may pass later",
  async () => {
    const { issuanceId, version } = await scene.reach("proposed");
    const commandId = freshId();
    assert.is((await scene.issuer.refused("issuance:open", { issuanceId, commandId })).code, "wrong_state");
    await scene.payer.accepted("payer:agree", { issuanceId });
    const stale = await scene.issuer.refused("issuance:open", { issuanceId, commandId, ifVersion: version });
    assert.is(stale.code, "conflict");
    await scene.issuer.accepted("issuance:open", { issuanceId, commandId });
  },
);

repeats("the same commandId with another payload is a conflict, and changes nothing", async () => {
  const { issuanceId } = await scene.reach("opened");
  const commandId = freshId();
  const first = {
    issuanceId,
    commandId,
    account: { number: ACCOUNTS.good.number, holder: scene.payer.party },
  };
  await scene.payer.accepted("account:submit", first);
  const before = await state(issuanceId);
  const others = [
    ["account:submit", { ...first, account: { ...first.account, number: ACCOUNTS.other.number } }],
    ["account:submit", { ...first, account: { ...first.account, holder: `${scene.payer.party} ` } }],
    ["issuance:cancel", { issuanceId, commandId }],
    ["account:change", { issuanceId, commandId }],
    ["payer:agree", { issuanceId, commandId }],
    // The issuer's command: what is wrong with the repeat is said before what is wrong with the role.
    ["issuance:accept", { issuanceId, commandId }],
  ] as const;
  for (const [name, payload] of others) {
    const error = await scene.payer.refused(name, payload as never);
    assert.equal([error.code, error.details], ["conflict", { commandId: "used before" }], name);
  }
  assert.equal(await state(issuanceId), before);
});

repeats("neither ifVersion nor seen tells a repeat from a contradiction", async () => {
  const opened = await scene.reach("opened");
  const { issuanceId, version, digest } = opened;
  const payload = { ...submission(scene, issuanceId, "good"), commandId: freshId() };
  const first = await scene.payer.command("account:submit", payload);
  assert.ok(first.ok);
  for (const view of [
    { ifVersion: version },
    { ifVersion: 64 },
    { seen: { version, digest } },
    // Also of a past that is not the store's: what was done is told before that is looked at.
    { seen: { version: 64, digest: "0123456789ab" }, ifVersion: 2 },
  ])
    assert.equal(await scene.payer.command("account:submit", { ...payload, ...view }), first);
});

repeats(
  "the same commandId with another command is a conflict, though both say only which issuance",
  async () => {
    const { issuanceId } = await scene.reach("proposed");
    const commandId = freshId();
    const first = await scene.payer.accepted("payer:agree", { issuanceId, commandId });
    const before = await state(issuanceId);
    for (const name of COMMAND_NAMES.filter((name) => !NEEDS_MORE.has(name) && name !== "payer:agree")) {
      const error = await scene.payer.refused(name, { issuanceId, commandId } as never);
      assert.equal([error.code, error.details], ["conflict", { commandId: "used before" }], name);
    }
    assert.equal(await state(issuanceId), before);
    assert.equal(await scene.payer.command("payer:agree", { issuanceId, commandId }), first);
  },
);

repeats("two parties may choose the same commandId, and each has its own", async () => {
  const { issuanceId } = await scene.reach("agreed");
  const commandId = freshId();
  const opened = await scene.issuer.accepted("issuance:open", { issuanceId, commandId });
  const sent = await scene.payer.accepted("account:submit", {
    ...submission(scene, issuanceId, "good"),
    commandId,
  });
  assert.is(sent.event.type, "account.verified");
  assert.equal(await scene.issuer.command("issuance:open", { issuanceId, commandId }), opened);
});

repeats("two issuers may choose the same commandId, and each has an issuance of its own", async () => {
  const other = await openScene(hub);
  const commandId = freshId();
  const mine = await scene.request({ commandId, payer: "payer-of-both" });
  const theirs = await other.request({ commandId, payer: "payer-of-both" });
  assert.is.not(mine.issuanceId, theirs.issuanceId);
  assert.equal([mine.issuer, theirs.issuer], [scene.issuer.party, other.issuer.party]);
  other.close();
});

/** A party that lives in the same partition as another, or elsewhere. */
function partyLike(party: string, options: { samePartition: boolean }): string {
  const names = Array.from({ length: 1000 }, (_, index) => `somebody-${index}`);
  const home = partitionOf(party, 16);
  return names.find((name) => (partitionOf(name, 16) === home) === options.samePartition) as string;
}

repeats(
  "a request repeated with anything else in it is a conflict, and makes no second issuance",
  async () => {
    const { issuer, payer } = scene;
    const first = { commandId: freshId(), payer: payer.party, amount: AMOUNT, currency: "CNY" };
    const answer = await issuer.accepted("payer:request", first);
    const others: object[] = [
      { payer: partyLike(payer.party, { samePartition: true }) },
      { payer: partyLike(payer.party, { samePartition: false }) },
      { payer: issuer.party },
      { amount: AMOUNT + 1 },
      { currency: "USD" },
      { memo: "new" },
      { review: "first" },
      { respondWithin: 60 },
    ];
    const before = await issuer.list();
    for (const other of others) {
      const error = await issuer.refused("payer:request", { ...first, ...other });
      assert.equal(
        [error.code, error.details],
        ["conflict", { commandId: "used before" }],
        JSON.stringify(other),
      );
    }
    assert.equal(await issuer.list(), before);
    assert.equal(await issuer.command("payer:request", first), answer);
  },
);

repeats("a request repeated once its issuance has ended begins nothing new", async () => {
  const request = { commandId: freshId(), payer: scene.payer.party, amount: AMOUNT, currency: "CNY" };
  const first = await scene.issuer.accepted("payer:request", request);
  await scene.payer.accepted("payer:decline", { issuanceId: first.issuance.issuanceId });
  assert.equal(await scene.issuer.command("payer:request", request), first);
  const { answer } = await state(first.issuance.issuanceId);
  assert.is(answer.issuance.state, "declined");
});

repeats.run();
