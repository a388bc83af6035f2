// about 14 s
/** Every situation × command × sender, generated from the table in `shared/voucher-lifecycle.ts`, over the wire. */
import {
  type ErrorCode,
  hasVoucherEnded,
  type LiveVoucherState,
  VOUCHER_COMMAND_NAMES,
  VOUCHER_OTHER_RULES,
  type VoucherCommandName,
  type VoucherRole,
  type VoucherRule,
  type VoucherSnapshot,
  voucherRuleOf,
} from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, errorOf, freshId, type RawTerminal } from "../helpers/raw-terminal.ts";
import { call, refusedWith } from "../http/client.ts";
import { accepted, command, syncVoucher } from "./scene.ts";
import {
  approversOf,
  CASTS,
  type Cast,
  openStage,
  SITUATIONS,
  type SituationName,
  type Stage,
  settled,
  situationOf,
  voidVoucher,
} from "./situations.ts";
import { recordsOf } from "./traces.ts";

const matrix = suite("matrix of a voucher's states, commands and senders");

const STALE = 600;
const DRAWN = 10;

let hub: TestHub;
let stranger: RawTerminal;
let operator: string;
matrix.before(async () => {
  // A sweep arms deadlines anew, which is no trace of what was refused.
  hub = await startHub({ settings: { RATE_LIMIT: "100000", SWEEP_INTERVAL: "60000" } });
  stranger = await connectTerminal(hub, "v-stranger");
  operator = await hub.token("bank", { operator: true });
});
matrix.after(async () => {
  stranger.close();
  await hub.close();
});

/** In which role a party does what it asks; the first that may. */
function actingRole(stage: Stage, rule: VoucherRule, party: string): VoucherRole | undefined {
  return stage
    .rolesOf(party)
    .find(
      (role) => rule.roles.includes(role) || (rule.roles.includes("approver") && stage.approver === role),
    );
}

function isAllowed(rule: VoucherRule, name: SituationName): boolean {
  const { state, waits, hasExpired } = situationOf(name);
  const guard = rule.from[state as LiveVoucherState];
  if (guard === "not_expired") return !hasExpired;
  if (guard === "drawing_waits") return waits === true;
  return guard === true;
}

/** The first check that fails, in the contract's order: membership, role, state, then the command's own. */
function expectedCode(
  stage: Stage,
  name: VoucherCommandName,
  situation: SituationName,
  party: string,
): ErrorCode | "ok" {
  const rule = voucherRuleOf(name);
  if (stage.rolesOf(party).length === 0) return "not_found";
  if (!actingRole(stage, rule, party)) return "forbidden";
  if (rule.forAnother && stage.issuer === stage.beneficiary) return "forbidden";
  if (!isAllowed(rule, situation)) return "wrong_state";
  const takes = name === "voucher:draw" || name === "voucher:release";
  return takes && situationOf(situation).nothingRemains ? "exceeds_remaining" : "ok";
}

/** A good payload for any command. */
function payloadFor(stage: Stage, name: VoucherCommandName, { drawings }: VoucherSnapshot): object {
  const drawing = drawings.find(({ state }) => state === "presented") ?? drawings[0];
  switch (name) {
    case "voucher:draw":
      return { amount: DRAWN, to: stage.to };
    case "voucher:release":
      return { amount: DRAWN };
    case "drawing:approve":
      return { drawingId: drawing?.drawingId ?? "2" };
    case "drawing:refuse":
      return { drawingId: drawing?.drawingId ?? "2", reason: "late" };
    default:
      return {};
  }
}

async function checkRefusal(
  stage: Stage,
  voucher: VoucherSnapshot,
  { name, terminal, code }: { name: VoucherCommandName; terminal: RawTerminal; code: ErrorCode },
): Promise<void> {
  const { voucherId, version, state } = voucher;
  const payload = payloadFor(stage, name, voucher);
  const versions =
    code === "exceeds_remaining"
      ? [{}, { ifVersion: version }]
      : [{}, { ifVersion: version }, { ifVersion: STALE }];
  for (const more of versions) {
    const error = errorOf(await command(terminal, name, voucherId, { ...payload, ...more } as never));
    assert.is(error.code, code, `${name} of ${terminal.party} in ${state}: ${error.message}`);
    if (code === "wrong_state" && name !== "voucher:draw") assert.equal(error.details, { state });
    if (code === "not_found") assert.is(error.details, undefined);
    if (code === "exceeds_remaining") assert.equal(error.details, { remaining: 0 });
  }
}

/** What is frozen for it is what waits and what remains; nothing is lost of the amount. */
async function checkMoney(stage: Stage, voucher: VoucherSnapshot): Promise<void> {
  const { amount, honoured, released, pending, remaining, voucherId } = voucher;
  assert.is(honoured + released + pending + remaining, amount);
  const { freeze } = await recordsOf(stage, voucherId);
  assert.is(Number(freeze ?? 0), pending + remaining);
}

async function checkSuccess(
  stage: Stage,
  situation: SituationName,
  { name, terminal }: { name: VoucherCommandName; terminal: RawTerminal },
): Promise<void> {
  const voucher = await stage.reach(situation);
  const { voucherId, version } = voucher;
  const payload = payloadFor(stage, name, voucher);
  const before = await recordsOf(stage, voucherId);
  const stale = errorOf(
    await command(terminal, name, voucherId, { ...payload, ifVersion: version + 1 } as never),
  );
  assert.equal([stale.code, stale.details], ["conflict", { version }], name);
  assert.equal(await recordsOf(stage, voucherId), before);

  const { event, voucher: after } = await accepted(terminal, name, voucherId, {
    ...payload,
    ifVersion: version,
  } as never);
  const rule = voucherRuleOf(name);
  assert.ok(rule.events.includes(event.type), `${name} caused ${event.type}`);
  assert.ok(rule.to.includes(after.state), `${name} led to ${after.state}`);
  assert.is(event.by, actingRole(stage, rule, terminal.party));
  assert.equal([event.version, after.version, event.state], [version + 1, version + 1, after.state]);
  if (event.type === "drawing.presented") assert.ok(stage.approver);
  // What time has brought about with it, such as the expiry that the drawing held up, comes with the next event.
  await checkMoney(stage, await settled(terminal, voucherId));
}

for (const cast of Object.keys(CASTS) as Cast[]) {
  for (const approver of approversOf(cast)) {
    const who = `${cast}, drawings ${approver ? `wait for the ${approver}` : "don't wait"}`;
    const names = (Object.keys(SITUATIONS) as SituationName[]).filter((name) => {
      const { needsApprover, onDemand, forAnother } = situationOf(name);
      if (approver ? onDemand : needsApprover) return false;
      return !(forAnother && (cast === "the issuer draws" || cast === "one party has all roles"));
    });

    matrix(`${who}: what the table forbids is refused, and leaves no trace`, async () => {
      const stage = await openStage(hub, cast, approver);
      for (const situation of names) {
        const voucher = await stage.reach(situation);
        const before = await recordsOf(stage, voucher.voucherId);
        let refusals = 0;
        for (const name of VOUCHER_COMMAND_NAMES) {
          for (const terminal of [...stage.terminals, stranger]) {
            const code = expectedCode(stage, name, situation, terminal.party);
            if (code === "ok") continue;
            await checkRefusal(stage, voucher, { name, terminal, code });
            refusals += 1;
          }
        }
        assert.ok(refusals > 0);
        assert.equal(await recordsOf(stage, voucher.voucherId), before, situation);
      }
      stage.close();
    });

    matrix(`${who}: what the table allows is done, unless the version is another`, async () => {
      const stage = await openStage(hub, cast, approver);
      for (const situation of names) {
        const allowed = VOUCHER_COMMAND_NAMES.flatMap((name) =>
          stage.terminals
            .filter((terminal) => expectedCode(stage, name, situation, terminal.party) === "ok")
            .map((terminal) => ({ name, terminal })),
        );
        const isOver = hasVoucherEnded(situationOf(situation).state);
        assert.is(allowed.length > 0, !isOver, situation);
        for (const one of allowed) await checkSuccess(stage, situation, one);
      }
      stage.close();
    });

    matrix(`${who}: an operator ends what lives`, async () => {
      const stage = await openStage(hub, cast, approver);
      for (const situation of names) {
        const voucher = await stage.reach(situation);
        const { voucherId, version, state } = voucher;
        if (isAllowed(VOUCHER_OTHER_RULES.void, situation)) {
          const after = await voidVoucher(hub, voucherId);
          assert.equal([after.state, after.version], ["voided", version + 1]);
          assert.not.ok(after.drawings.some((drawing) => drawing.state === "presented"));
          await checkMoney(stage, after);
          continue;
        }
        const before = await recordsOf(stage, voucherId);
        const problem = refusedWith(
          await call(hub, "POST", `/v1/vouchers/${voucherId}/void`, {
            token: operator,
            body: { reason: "too late", reference: freshId() },
          }),
          409,
          "wrong_state",
        );
        assert.equal(problem.details, { state });
        assert.equal(await recordsOf(stage, voucherId), before);
      }
      stage.close();
    });
  }
}

matrix("a sync or an event of another's voucher is as of one that does not exist", async () => {
  const stage = await openStage(hub, "three parties", undefined);
  const { voucherId } = await stage.reach("accepted");
  const nowhere = await syncVoucher(stranger, "v0-AAAAAAAAAAAAAAAA");
  assert.equal(await syncVoucher(stranger, voucherId), nowhere);
  assert.equal(stranger.voucherEvents, []);
  stage.close();
});

matrix.run();
