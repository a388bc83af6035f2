/** Every state × command × sender, generated from the table in `shared/lifecycle.ts`, against the real hub. */
import {
  COMMAND_NAMES,
  type CommandName,
  type ErrorCode,
  type Guard,
  hasEnded,
  type OpenState,
  type Role,
  ruleOf,
  type Snapshot,
} from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { COMMON_ANSWERS, FAULTS, type Fault, type FaultAnswers, faultSets } from "../helpers/fault-sets.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, freshId, type RawTerminal } from "../helpers/raw-terminal.ts";
import { openScene, payloadFor, type Scene, SITUATIONS, type Situation } from "./scene.ts";

const matrix = suite("matrix of states, commands and senders");

const COMMANDS_ON_AN_ISSUANCE = COMMAND_NAMES.filter((name) => Object.keys(ruleOf(name).from).length > 0);
const GUARD_HOLDS: { [G in Guard]: readonly Situation[] } = {
  account_refused_before: ["opened after a refusal"],
  account_stands: ["changing"],
};
/** What one party that is both can't meet: nobody else has to agree. */
const FOR_TWO: readonly Situation[] = ["proposed", "declined"];
const STALE = 64;

type SenderName = "issuer" | "payer" | "both" | "stranger";
const ROLES: { [S in SenderName]: readonly Role[] } = {
  issuer: ["issuer"],
  payer: ["payer"],
  both: ["issuer", "payer"],
  stranger: [],
};

/** The first check that fails, in the contract's order: membership, role, state. */
function expectedCode(command: CommandName, situation: Situation, sender: SenderName): ErrorCode | "ok" {
  const { roles, from } = ruleOf(command);
  if (sender === "stranger") return "not_found";
  if (!ROLES[sender].some((role) => roles.includes(role))) return "forbidden";
  const guard = from[SITUATIONS[situation] as OpenState];
  const isAllowed = guard === true || (guard !== undefined && GUARD_HOLDS[guard].includes(situation));
  return isAllowed ? "ok" : "wrong_state";
}

let hub: TestHub;
let stranger: RawTerminal;
const scenes: { two: Scene; self: Scene } = {} as never;

matrix.before(async () => {
  hub = await startHub({ settings: { RATE_LIMIT: "100000" } });
  stranger = await connectTerminal(hub, "stranger");
  scenes.two = await openScene(hub);
  scenes.self = await openScene(hub, { isSelf: true });
});
matrix.after(async () => {
  stranger.close();
  scenes.two.close();
  scenes.self.close();
  await hub.close();
});

function terminalOf(scene: Scene, sender: SenderName): RawTerminal {
  if (sender === "stranger") return stranger;
  return sender === "payer" ? scene.payer : scene.issuer;
}

/** All that a command that is refused may not touch. */
async function everything(scene: Scene, issuanceId: string) {
  const answer = await scene.issuer.sync(issuanceId);
  assert.ok(answer.ok);
  return { answer, good: await scene.account("good"), other: await scene.account("other") };
}

async function checkRefusal(
  scene: Scene,
  snapshot: Snapshot,
  command: CommandName,
  sender: SenderName,
  code: ErrorCode,
) {
  const { issuanceId, state } = snapshot;
  const payload = payloadFor(command, scene, issuanceId);
  // Neither an old version nor anything about the account is looked at before.
  for (const more of [{}, { ifVersion: snapshot.version }, { ifVersion: STALE }]) {
    const error = await terminalOf(scene, sender).refused(command, { ...payload, ...more } as never);
    assert.is(error.code, code, `${command} of the ${sender} in ${state}`);
    if (code === "wrong_state") assert.equal(error.details, { state });
    if (code === "forbidden") assert.equal(error.details, { role: ruleOf(command).roles[0] });
    if (code === "not_found") assert.is(error.details, undefined);
  }
}

async function checkSuccess(scene: Scene, situation: Situation, command: CommandName, sender: SenderName) {
  const { issuanceId, version } = await scene.reach(situation);
  const payload = payloadFor(command, scene, issuanceId);
  const terminal = terminalOf(scene, sender);
  const before = await everything(scene, issuanceId);
  const stale = await terminal.refused(command, { ...payload, ifVersion: version + 1 } as never);
  assert.equal([stale.code, stale.details], ["conflict", { version }], command);
  assert.equal(await everything(scene, issuanceId), before);

  const { event, issuance } = await terminal.accepted(command, { ...payload, ifVersion: version } as never);
  const rule = ruleOf(command);
  assert.ok(rule.events.includes(event.type), `${command} caused ${event.type}`);
  assert.ok(rule.to.includes(issuance.state), `${command} led to ${issuance.state}`);
  assert.is(event.by, sender === "both" ? rule.roles[0] : sender);
  assert.equal([event.version, issuance.version], [version + 1, version + 1]);
  assert.is(issuance.deadline === undefined, hasEnded(issuance.state));
}

for (const [kind, senders] of [
  ["two", ["issuer", "payer", "stranger"]],
  ["self", ["both", "stranger"]],
] as const) {
  for (const situation of Object.keys(SITUATIONS) as Situation[]) {
    if (kind === "self" && FOR_TWO.includes(situation)) continue;
    const cells = COMMANDS_ON_AN_ISSUANCE.flatMap((command) =>
      senders.map((sender) => ({ command, sender, code: expectedCode(command, situation, sender) })),
    );
    const parties = kind === "self" ? "one party that is both" : "two parties";

    matrix(`${situation}, ${parties}: what the table forbids is refused, and changes nothing`, async () => {
      const scene = scenes[kind];
      const snapshot = await scene.reach(situation);
      const before = await everything(scene, snapshot.issuanceId);
      let refused = 0;
      for (const { command, sender, code } of cells) {
        if (code === "ok") continue;
        await checkRefusal(scene, snapshot, command, sender, code);
        refused += 1;
      }
      assert.ok(refused > 0);
      assert.equal(await everything(scene, snapshot.issuanceId), before);
    });

    matrix(
      `${situation}, ${parties}: what the table allows is done, unless the version is another`,
      async () => {
        const allowed = cells.filter(({ code }) => code === "ok");
        assert.is(allowed.length > 0, !hasEnded(SITUATIONS[situation]));
        for (const { command, sender } of allowed)
          await checkSuccess(scenes[kind], situation, command, sender);
      },
    );
  }
}

/** The answer to each thing that can be wrong with one account:submit. */
const ANSWERS: FaultAnswers = { ...COMMON_ANSWERS, own: "insufficient_funds" };

async function sendWith(faults: Set<Fault>): Promise<unknown> {
  const scene = scenes.two;
  const { issuanceId } = await scene.reach(faults.has("state") ? "agreed" : "opened");
  const terminal = faults.has("membership") ? stranger : faults.has("role") ? scene.issuer : scene.payer;
  const commandId = freshId();
  if (faults.has("repeat")) {
    await useCommandId(scene, { issuanceId, terminal, commandId, isOpen: !faults.has("state") });
  }
  const account = payloadFor("account:submit", scene, issuanceId);
  return terminal.send("account:submit", {
    ...account,
    ...(faults.has("own") && { account: { number: "6222020200000000", holder: scene.payer.party } }),
    ...(faults.has("seen") && { seen: { version: STALE, digest: "000000000000" } }),
    ...(faults.has("version") && { ifVersion: STALE }),
    ...(faults.has("shape") && { unknown: true }),
    commandId,
  });
}

/** Has the terminal use the commandId for a command that leaves the issuance waiting for the same. */
async function useCommandId(
  { payer }: Scene,
  {
    issuanceId,
    terminal,
    commandId,
    isOpen,
  }: { issuanceId: string; terminal: RawTerminal; commandId: string; isOpen: boolean },
): Promise<void> {
  const bad = { issuanceId, commandId, account: { number: "1", holder: "nobody" } };
  if (isOpen && terminal === payer) await terminal.refused("account:submit", bad);
  else if (isOpen) {
    // The issuer can only have used it for a change, after a refused account.
    await payer.refused("account:submit", { issuanceId, account: bad.account });
    await terminal.accepted("account:change", { issuanceId, commandId });
  } else await terminal.accepted("issuance:cancel", { issuanceId, commandId });
}

matrix(
  "of several things that are wrong at once, the first in the contract's order is the answer",
  async () => {
    const sets = faultSets();
    assert.is(sets.length, 159);
    for (const faults of sets) {
      const first = FAULTS.find((fault) => faults.has(fault)) as Fault;
      const answer = (await sendWith(faults)) as { ok: boolean; error: { code: ErrorCode } };
      assert.not.ok(answer.ok);
      assert.is(answer.error.code, ANSWERS[first], [...faults].join(" and "));
    }
  },
);

matrix.run();
