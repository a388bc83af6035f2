/** Who is told what: inboxes, rooms, other terminals of the same party, and never the sender. */
import type { EventType, IssuanceEvent } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, type RawTerminal } from "../helpers/raw-terminal.ts";
import { openScene, passDeadline, type Scene, type Situation, submission } from "../hub/scene.ts";

const delivery = suite("delivery");

let hub: TestHub;
delivery.before(async () => {
  hub = await startHub({ settings: { RATE_LIMIT: "100000" } });
});
delivery.after(() => hub.close());

/** Two terminals of each party, the first of which does everything, and a party that has no part in it. */
interface Cast {
  scene: Scene;
  terminals: {
    issuer: RawTerminal;
    issuer2: RawTerminal;
    payer: RawTerminal;
    payer2: RawTerminal;
    stranger: RawTerminal;
  };
}
type Name = keyof Cast["terminals"];

async function gather(): Promise<Cast> {
  const scene = await openScene(hub);
  const { issuer, payer } = scene;
  const issuer2 = await connectTerminal(hub, issuer.party);
  const payer2 = await connectTerminal(hub, payer.party);
  const stranger = await connectTerminal(hub, `stranger-of-${payer.party}`);
  return { scene, terminals: { issuer, issuer2, payer, payer2, stranger } };
}

function part({ terminals }: Cast): void {
  for (const terminal of Object.values(terminals)) terminal.close();
}

/** Does something, and says which terminals were told of what since. */
async function toldBy(
  { terminals }: Cast,
  act: () => Promise<unknown>,
): Promise<[type: EventType, to: Name[]][]> {
  const everybody = Object.entries(terminals) as [Name, RawTerminal][];
  const before = new Map(everybody.map(([name, { events }]) => [name, events.length]));
  await act();
  await Promise.all(everybody.map(([, terminal]) => terminal.settle()));
  const told = new Map<EventType, Name[]>();
  for (const [name, { events }] of everybody) {
    for (const { type } of events.slice(before.get(name))) told.set(type, [...(told.get(type) ?? []), name]);
  }
  return [...told];
}

type Step = [type: EventType, to: Name[], act: (scene: Scene, issuanceId: string) => Promise<unknown>];
const INBOXES: Name[] = ["issuer", "issuer2", "payer", "payer2"];
const but = (...names: Name[]) => INBOXES.filter((name) => !names.includes(name));

const agree: Step = [
  "payer.agreed",
  but("payer"),
  ({ payer }, issuanceId) => payer.accepted("payer:agree", { issuanceId }),
];
const open: Step = [
  "issuance.opened",
  ["payer"],
  ({ issuer }, issuanceId) => issuer.accepted("issuance:open", { issuanceId }),
];
const submit: Step = [
  "account.verified",
  ["issuer"],
  (scene, issuanceId) => scene.submit(issuanceId, "good"),
];
const submitBadly: Step = [
  "account.refused",
  ["issuer"],
  (scene, issuanceId) => scene.submit(issuanceId, "empty"),
];
const changeAsIssuer: Step = [
  "account.change_agreed",
  ["payer"],
  ({ issuer }, issuanceId) => issuer.accepted("account:change", { issuanceId }),
];
const changeAsPayer: Step = [
  "account.change_agreed",
  ["issuer"],
  ({ payer }, issuanceId) => payer.accepted("account:change", { issuanceId }),
];
const keep: Step = [
  "account.kept",
  ["issuer"],
  ({ payer }, issuanceId) => payer.accepted("account:keep", { issuanceId }),
];
const accept: Step = [
  "voucher.issued",
  but("issuer"),
  ({ issuer }, issuanceId) => issuer.accepted("issuance:accept", { issuanceId }),
];
const issueAfterChange: Step = [
  "voucher.issued",
  but("payer"),
  ({ payer, ...scene }, issuanceId) =>
    payer.accepted("account:submit", submission({ ...scene, payer }, issuanceId, "other")),
];
const cancelAsIssuer = (to: Name[]): Step => [
  "issuance.cancelled",
  to,
  ({ issuer }, issuanceId) => issuer.accepted("issuance:cancel", { issuanceId }),
];
/** Nobody sends it, so both sides are told. */
const expire = (to: Name[]): Step => [
  "issuance.expired",
  to,
  async (scene, issuanceId) => {
    await passDeadline(scene.hub, issuanceId);
    await scene.payer.refused("account:keep", { issuanceId });
    await scene.payer.told(issuanceId, "issuance.expired");
  },
];

const FLOWS: [title: string, steps: Step[]][] = [
  ["agreement, first account, acceptance", [agree, open, submit, accept]],
  ["a change that the issuer asks for", [agree, open, submit, changeAsIssuer, issueAfterChange]],
  ["a change that the payer asks for, and a return", [agree, open, submit, changeAsPayer, keep, accept]],
  ["refused accounts", [agree, open, submitBadly, submitBadly, submit, accept]],
  ["an account refused during a change", [agree, open, submit, changeAsIssuer, submitBadly, keep, accept]],
  ["an issuance that fails", [agree, open, submitBadly, submitBadly, submitBadly, submitBadly, submitBadly]],
  ["an invitation withdrawn", [cancelAsIssuer(but("issuer"))]],
  [
    "an invitation declined",
    [
      [
        "payer.declined",
        but("payer"),
        ({ payer }, issuanceId) => payer.accepted("payer:decline", { issuanceId }),
      ],
    ],
  ],
  ["an invitation that nobody answered", [expire(INBOXES)]],
  ["an agreement that led to nothing", [agree, expire(["issuer", "payer"])]],
  ["a negotiation cancelled", [agree, open, submit, cancelAsIssuer(["payer"])]],
];

for (const [title, steps] of FLOWS) {
  delivery(`${title}: each is told what it should be, and no one else`, async () => {
    const cast = await gather();
    let issuanceId = "";
    const asked = await toldBy(cast, async () => {
      ({ issuanceId } = await cast.scene.request());
    });
    assert.equal(asked, [["payer.requested", but("issuer")]]);
    for (const [type, to, act] of steps) {
      assert.equal(await toldBy(cast, () => act(cast.scene, issuanceId)), [[type, to]], type);
    }
    part(cast);
  });
}

delivery("what is told is what the log says, word for word", async () => {
  const cast = await gather();
  const { scene } = cast;
  const { issuanceId } = await scene.reach("issued");
  await scene.issuer.settle();
  const log = await scene.issuer.sync(issuanceId);
  assert.ok(log.ok);
  const told = [...scene.issuer.events, ...scene.payer.events].sort((a, b) => a.version - b.version);
  assert.equal(told, log.events);
  part(cast);
});

delivery("a terminal that syncs is brought up to date, and told the rest", async () => {
  const cast = await gather();
  const { scene, terminals } = cast;
  const { issuanceId, version } = await scene.reach("opened");
  const late = await terminals.payer2.sync(issuanceId);
  assert.ok(late.ok);
  assert.equal(
    late.events.map((event) => event.version),
    [1, 2, 3],
  );
  assert.equal(await toldBy(cast, () => scene.submit(issuanceId, "good")), [
    ["account.verified", ["issuer", "payer2"]],
  ]);
  const partly = await terminals.issuer2.sync(issuanceId, version);
  assert.ok(partly.ok);
  assert.equal(
    partly.events.map((event) => event.version),
    [4],
  );
  const uptodate = await terminals.issuer2.sync(issuanceId, 4);
  assert.ok(uptodate.ok && uptodate.events.length === 0 && uptodate.issuance.version === 4);
  const toAll = await toldBy(cast, () => scene.issuer.accepted("issuance:accept", { issuanceId }));
  assert.equal(toAll, [["voucher.issued", ["issuer2", "payer", "payer2"]]]);
  part(cast);
});

delivery("a sync of what has ended tells all of it", async () => {
  const cast = await gather();
  const { issuanceId, version } = await cast.scene.reach("failed");
  const log = await cast.terminals.issuer2.sync(issuanceId);
  assert.ok(log.ok);
  assert.is(log.events.length, version);
  assert.is(log.issuance.state, "failed");
  part(cast);
});

delivery(
  "a party that is both is told at its other terminals of the request, and of the rest once they sync",
  async () => {
    const scene = await openScene(hub, { isSelf: true });
    const other = await connectTerminal(hub, scene.issuer.party);
    const { issuanceId } = await scene.request();
    await other.settle();
    assert.equal(other.events.map(typeOf), ["payer.requested"]);
    await scene.issuer.accepted("issuance:open", { issuanceId });
    await other.settle();
    assert.equal(other.events.map(typeOf), ["payer.requested"]);
    await other.sync(issuanceId, 1);
    await scene.submit(issuanceId, "good");
    await other.accepted("issuance:accept", { issuanceId });
    await other.settle();
    await scene.issuer.settle();
    assert.equal(other.events.map(typeOf), ["payer.requested", "account.verified"]);
    assert.equal(scene.issuer.events.map(typeOf), ["voucher.issued"]);
    scene.close();
    other.close();
  },
);

function typeOf({ type }: IssuanceEvent): EventType {
  return type;
}

const OPEN: Situation[] = ["proposed", "agreed", "opened", "verified", "changing"];
delivery(
  "a terminal that connects is told what is open, its role in it, and nothing that has ended",
  async () => {
    const scene = await openScene(hub);
    const expected = [];
    for (const situation of OPEN) expected.unshift(await scene.reach(situation));
    for (const ended of ["issued", "declined", "cancelled", "expired", "failed"] as const)
      await scene.reach(ended);
    for (const role of ["issuer", "payer"] as const) {
      const again = await connectTerminal(hub, scene[role].party);
      const lines = expected.map(({ issuanceId, version, state }) => ({ issuanceId, version, state, role }));
      const sorted = (list: typeof lines) => [...list].sort((a, b) => (a.issuanceId < b.issuanceId ? -1 : 1));
      assert.equal(sorted(again.session.open), sorted(lines));
      assert.not.ok(again.session.more);
      assert.is(again.session.party, scene[role].party);
      again.close();
    }
    scene.close();
  },
);

delivery("parties with names of every length are told, and each its own alone", async () => {
  const issuer = await connectTerminal(hub, "issuer-to-all");
  // "party:" and 14 letters have as many characters as a socket's id, which is the name of a room too.
  for (const length of [1, 13, 14, 15, 64]) {
    const payer = await connectTerminal(hub, "z".repeat(length));
    const request = { payer: payer.party, amount: 1, currency: "CNY" };
    const { issuance } = await issuer.accepted("payer:request", request);
    await payer.settle();
    assert.equal(
      payer.events.map((event) => event.issuanceId),
      [issuance.issuanceId],
    );
    payer.close();
  }
  issuer.close();
});

delivery.run();
