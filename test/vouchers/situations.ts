/** Every situation that a voucher can be in, and every way to share out its roles, for tests that go through all. */
import type { Approver, VoucherRole, VoucherSnapshot, VoucherState } from "@tallystick/protocol";
import { VOUCHER_ROLES } from "@tallystick/protocol";
import type { TestHub } from "../helpers/hub.ts";
import { freshId, type RawTerminal } from "../helpers/raw-terminal.ts";
import { call, jsonOf } from "../http/client.ts";
import {
  accepted,
  type Beneficiary,
  openVoucherScene,
  type SceneOptions,
  snapshotOf,
  toldOf,
  type VoucherScene,
} from "./scene.ts";
import { makeOlder } from "./time.ts";

/** A state, and what else the table's guards ask for. */
export interface Situation {
  state: VoucherState;
  /** A drawing waits for the approver. */
  waits?: true;
  hasExpired?: true;
  /** There is nothing that could be drawn or released. */
  nothingRemains?: true;
  /** Reached with an approver alone. */
  needsApprover?: true;
  /** Reached without one alone, or where the issuer is not itself the beneficiary. */
  onDemand?: true;
  forAnother?: true;
}

export const SITUATIONS = {
  issued: { state: "issued" },
  accepted: { state: "accepted" },
  "a drawing waits": { state: "accepted", waits: true, needsApprover: true },
  "a drawing waits for all": { state: "accepted", waits: true, needsApprover: true, nothingRemains: true },
  "a drawing was refused": { state: "accepted", needsApprover: true },
  "expired, and a drawing waits": { state: "accepted", waits: true, needsApprover: true, hasExpired: true },
  "a final drawing was honoured, and another waits": {
    state: "accepted",
    waits: true,
    needsApprover: true,
    nothingRemains: true,
  },
  honoured: { state: "honoured" },
  "honoured by a final drawing": { state: "honoured", onDemand: true },
  released: { state: "released" },
  rejected: { state: "rejected" },
  withdrawn: { state: "withdrawn", forAnother: true },
  expired: { state: "expired" },
  voided: { state: "voided" },
} as const satisfies Record<string, Situation>;
export type SituationName = keyof typeof SITUATIONS;

export function situationOf(name: SituationName): Situation {
  return SITUATIONS[name];
}

/** How the roles are shared out. */
export const CASTS = {
  "three parties": {},
  "the issuer draws": { beneficiary: "issuer" },
  "the payer draws": { beneficiary: "payer" },
  "the issuer pays": { isSelf: true },
  "one party has all roles": { isSelf: true, beneficiary: "payer" },
} as const satisfies Record<string, SceneOptions>;
export type Cast = keyof typeof CASTS;

export interface Stage extends VoucherScene {
  readonly approver: Approver | undefined;
  /** Each terminal once. */
  readonly terminals: RawTerminal[];
  /** The roles of a party, in the order in which it acts. */
  rolesOf(party: string): VoucherRole[];
  /** Makes a voucher and brings it there; nothing is under way then. */
  reach(name: SituationName): Promise<VoucherSnapshot>;
}

/** The approvers that a cast can have: an approver must not be the beneficiary. */
export function approversOf(cast: Cast): (Approver | undefined)[] {
  const { beneficiary, isSelf } = CASTS[cast] as { beneficiary?: Beneficiary; isSelf?: boolean };
  const isBoth = (role: Approver) => beneficiary === role || (isSelf && beneficiary !== undefined);
  return [undefined, ...(["issuer", "payer"] as const).filter((role) => !isBoth(role))];
}

/** Parties of a cast, whose drawings wait for `approver`, or don't wait. */
export async function openStage(
  hub: TestHub,
  cast: Cast,
  approver: Approver | undefined,
  more: SceneOptions = {},
): Promise<Stage> {
  const scene = await openVoucherScene(hub, { ...CASTS[cast], balance: 1_000_000_000, ...more });
  const stage: Stage = {
    ...scene,
    approver,
    terminals: [...new Set([scene.issuer, scene.payer, scene.beneficiary])],
    rolesOf: (party) => VOUCHER_ROLES.filter((role) => scene[role].party === party),
    reach: (name) => reach(stage, name),
  };
  return stage;
}

const SMALL = 10;

async function reach(stage: Stage, name: SituationName): Promise<VoucherSnapshot> {
  const { approver, beneficiary, payer } = stage;
  const voucherId = await stage.issue({ ...(approver && { approval: { by: approver, within: 3600 } }) });
  await TAKE[name](stage, voucherId);
  const voucher = await settled(payer, voucherId);
  if (voucher.state !== SITUATIONS[name].state)
    throw new Error(`${name} was not reached: ${JSON.stringify(voucher)}`);
  await beneficiary.settle();
  return voucher;
}

/** The voucher once all that was honoured is paid out, so that nothing happens to it by itself any more. */
export async function settled(terminal: RawTerminal, voucherId: string): Promise<VoucherSnapshot> {
  for (;;) {
    const voucher = await snapshotOf(terminal, voucherId);
    if (!voucher.drawings.some(({ settlement }) => settlement === "open")) return voucher;
    await toldOf(terminal, voucherId, "drawing.settled");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

type Take = (stage: Stage, voucherId: string) => Promise<unknown>;

/** Draws; answers the drawing. */
async function draw(
  { beneficiary, to }: Stage,
  voucherId: string,
  more: { amount?: number; final?: true } = {},
): Promise<string> {
  const { voucher } = await accepted(beneficiary, "voucher:draw", voucherId, { to, ...more });
  return voucher.drawings.at(-1)?.drawingId as string;
}

const approverOf = (stage: Stage) => stage[stage.approver as Approver];
const approve = (stage: Stage, voucherId: string, drawingId: string) =>
  accepted(approverOf(stage), "drawing:approve", voucherId, { drawingId });

const accept: Take = ({ beneficiary }, id) => accepted(beneficiary, "voucher:accept", id, {});
const drawSome: Take = (stage, id) => draw(stage, id, { amount: SMALL });

const TAKE: { [S in SituationName]: Take } = {
  issued: async () => undefined,
  accepted: accept,
  "a drawing waits": drawSome,
  "a drawing waits for all": (stage, id) => draw(stage, id),
  "a drawing was refused": async (stage, id) => {
    const drawingId = await draw(stage, id, { amount: SMALL });
    await accepted(approverOf(stage), "drawing:refuse", id, { drawingId, reason: "late" });
  },
  "expired, and a drawing waits": async (stage, id) => {
    await drawSome(stage, id);
    await makeOlder(stage.hub, id, { beyondExpiry: true });
  },
  "a final drawing was honoured, and another waits": async (stage, id) => {
    await drawSome(stage, id);
    await approve(stage, id, await draw(stage, id, { amount: SMALL, final: true }));
  },
  honoured: async (stage, id) => {
    const drawingId = await draw(stage, id);
    if (stage.approver) await approve(stage, id, drawingId);
  },
  "honoured by a final drawing": (stage, id) => draw(stage, id, { amount: SMALL, final: true }),
  released: ({ beneficiary }, id) => accepted(beneficiary, "voucher:release", id, {}),
  rejected: ({ beneficiary }, id) => accepted(beneficiary, "voucher:reject", id, {}),
  withdrawn: ({ issuer }, id) => accepted(issuer, "voucher:withdraw", id, {}),
  expired: ({ hub }, id) => makeOlder(hub, id, { beyondExpiry: true }),
  voided: ({ hub }, id) => voidVoucher(hub, id),
};

/** An operator ends a voucher. */
export async function voidVoucher(hub: TestHub, voucherId: string): Promise<VoucherSnapshot> {
  const answer = await call(hub, "POST", `/v1/vouchers/${voucherId}/void`, {
    token: await hub.token("bank", { operator: true }),
    body: { reason: "an order of the court", reference: freshId() },
  });
  return jsonOf(answer) as VoucherSnapshot;
}
