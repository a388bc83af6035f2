/** The parties of a run, their accounts and their terminals, and what they go on doing until it ends. */

import {
  type ApproverDrawing,
  type BeneficiaryVoucher,
  isTallystickError,
  type PayerIssuance,
} from "@tallystick/client";
import { voucherIdOf } from "@tallystick/protocol";
import type { History } from "./history.ts";
import { live } from "./live.ts";
import { approverStep, chooseLife, type Life, TILL } from "./lives.ts";
import { makeToken } from "./make-token.ts";
import { negotiate, type Setting } from "./negotiate.ts";
import { pause, type Random } from "./random.ts";
import { connectRecordingTerminal, type RecordingTerminal } from "./recording-terminal.ts";
import { choosePlan, holderOf, numberOf, type Scenario } from "./scenarios.ts";
import { type Actor, sendUntilAnswered } from "./send-command.ts";

export interface PartiesOptions {
  pairs: number;
  url: string;
  random: Random;
  history: History;
  onBug: (error: unknown) => void;
}

export interface Parties {
  readonly actors: readonly Actor[];
  /** Every payer keeps these accounts; they hold enough for a while. */
  putAccounts(setting: Setting): Promise<void>;
  /** Negotiates until the setting's run is ending, and what was begun has ended or was given up. */
  run(setting: Setting): Promise<void>;
  close(): Promise<void>;
}

/** Each party has this many terminals, on whichever hubs. */
const TERMINALS_EACH = 2;
/** An issuer has as many issuances under way at once. */
const DESKS = [1, 2];
const READ_WITHIN_MS = 3000;

/** Connects all parties. Whoever connects them closes them. */
export async function connectParties(options: PartiesOptions): Promise<Parties> {
  const { pairs, random } = options;
  // Fewer payers than issuers, so that payers are shared; some parties are both.
  const payers = names("payer", Math.ceil(pairs * 0.6));
  const both = names("both", Math.max(1, Math.floor(pairs / 4)));
  const issuers = names("issuer", pairs - both.length);
  const paying = [...both, ...payers];
  const actors = await Promise.all(
    [...issuers, ...both, ...payers].map(async (party): Promise<Actor> => {
      const token = await makeToken(party);
      const terminals = await Promise.all(
        Array.from({ length: TERMINALS_EACH }, (_, index) =>
          connectRecordingTerminal({ ...options, name: `${party}/${index + 1}`, party, token }),
        ),
      );
      return { party, terminals, isPayer: paying.includes(party), commandCount: 0 };
    }),
  );
  const of = (parties: readonly string[]) => actors.filter((actor) => parties.includes(actor.party));
  const playing = new Set<Promise<void>>();
  const track = (work: Promise<unknown>) => {
    const tracked: Promise<void> = work
      .then(() => undefined, options.onBug)
      .finally(() => playing.delete(tracked));
    playing.add(tracked);
    return tracked;
  };

  const answer = (actor: Actor, recording: RecordingTerminal, issuance: PayerIssuance, setting: Setting) => {
    recording.follow(issuance);
    const { id, snapshot } = issuance;
    options.history.invited.push({ at: performance.now(), terminal: recording.name, issuanceId: id });
    const ownRandom = random.fork(`payer of ${id}`);
    // One of a party's terminals answers; sometimes two do, which only one can.
    const answering = actor.terminals[ownRandom.below(actor.terminals.length)];
    if (answering !== recording && !ownRandom.chance(0.1)) return;
    const { scenario } = planIn(snapshot.memo);
    const side = { actor, recording, issuanceId: id, plan: { scenario }, random: ownRandom };
    void track(
      negotiate({ role: "payer", ...side }, setting).then(() => followVoucher(recording, voucherIdOf(id))),
    );
  };

  const draw = (
    actor: Actor,
    recording: RecordingTerminal,
    voucher: BeneficiaryVoucher,
    setting: Setting,
  ) => {
    recording.followVoucher(voucher);
    const ownRandom = random.fork(`beneficiary of ${voucher.id}`);
    const answering = actor.terminals[ownRandom.below(actor.terminals.length)];
    // The other terminal of the party would draw as well, which is for the store to sort out.
    if (answering !== recording && !ownRandom.chance(0.1)) return;
    const { life } = planIn(voucher.snapshot.memo);
    void track(live({ actor, recording, voucherId: voucher.id, life, random: ownRandom }, setting));
  };

  const decide = (actor: Actor, { voucherId, id: drawingId }: ApproverDrawing, setting: Setting) => {
    const ownRandom = random.fork(`approver of ${voucherId} ${drawingId}`);
    const decideOn = async () => {
      const recording = ownRandom.pick(actor.terminals);
      const voucher = await followVoucher(recording, voucherId);
      const step = voucher && approverStep(planIn(voucher.snapshot.memo).life, { voucherId, drawingId });
      if (step) await sendUntilAnswered(actor, step, { ...setting, random: ownRandom });
    };
    void track(decideOn());
  };

  const issue = async (actor: Actor, desk: number, setting: Setting) => {
    const ownRandom = random.fork(`issuer ${actor.party} ${desk}`);
    while (!setting.ending.aborted) {
      await pause(ownRandom.between(20, 400), setting.ending);
      if (setting.ending.aborted) return;
      const { scenario, ...offer } = choosePlan(ownRandom);
      const isBoth = both.includes(actor.party);
      const payer = isBoth && ownRandom.chance(0.3) ? actor.party : ownRandom.pick(paying);
      const parties = actors.map(({ party }) => party);
      const { life, terms } = chooseLife({ issuer: actor.party, payer, parties }, ownRandom);
      const wanted = {
        command: "payer:request",
        offer: { ...offer, ...terms, payer, currency: "CNY", memo: `${scenario}/${life}` },
      } as const;
      const { issuanceId } = await sendUntilAnswered(actor, wanted, { ...setting, random: ownRandom });
      if (issuanceId === undefined) continue;
      const recording = ownRandom.pick(actor.terminals);
      const side = { actor, recording, issuanceId, plan: { scenario } };
      const sides = [negotiate({ role: "issuer", ...side, random: ownRandom.fork("issuer") }, setting)];
      // Nobody is invited by itself.
      if (payer === actor.party)
        sides.push(negotiate({ role: "payer", ...side, random: ownRandom.fork("payer") }, setting));
      await Promise.all(sides);
      const voucherId = voucherIdOf(issuanceId);
      const voucher = await followVoucher(recording, voucherId);
      if (voucher && life === "withdrawn")
        await sendUntilAnswered(
          actor,
          { command: "voucher:withdraw", voucherId },
          { ...setting, random: ownRandom },
        );
    }
  };

  return {
    actors,
    putAccounts: async ({ operator }) => {
      for (const { party } of actors)
        await operator.putAccount(party, TILL, {
          holder: holderOf(party),
          currency: "CNY",
          kind: "funds",
          balance: 0,
        });
      for (const party of paying) {
        const common = { holder: holderOf(party), currency: "CNY" };
        await operator.putAccount(party, numberOf("main"), { ...common, kind: "funds", balance: 30_000 });
        await operator.putAccount(party, numberOf("credit"), { ...common, kind: "credit", limit: 20_000 });
      }
    },
    run: async (setting) => {
      for (const actor of of(paying)) {
        for (const recording of actor.terminals)
          recording.terminal.onRequest((issuance) => answer(actor, recording, issuance, setting));
      }
      for (const actor of actors) {
        for (const recording of actor.terminals) {
          recording.terminal.onVoucher((voucher) => draw(actor, recording, voucher, setting));
          recording.terminal.onDrawing((drawing) => decide(actor, drawing, setting));
        }
      }
      const issuing = of([...issuers, ...both]);
      await Promise.all(DESKS.flatMap((desk) => issuing.map((actor) => track(issue(actor, desk, setting)))));
      while (playing.size > 0) await Promise.all(playing);
    },
    close: async () => {
      await Promise.all(actors.flatMap(({ terminals }) => terminals.map(({ terminal }) => terminal.close())));
    },
  };
}

/** Scenario and life travel in the memo. */
function planIn(memo = ""): { scenario: Scenario; life: Life } {
  const [scenario = "straight", life = "left_alone"] = memo.split("/");
  return { scenario: scenario as Scenario, life: life as Life };
}

/** Follows a voucher; undefined when it can't be had, as of what was not issued. */
async function followVoucher(recording: RecordingTerminal, voucherId: string) {
  try {
    const voucher = await recording.terminal.voucher(voucherId, { timeoutMs: READ_WITHIN_MS });
    recording.followVoucher(voucher);
    return voucher;
  } catch (error) {
    if (isTallystickError(error)) return undefined;
    throw error;
  }
}

function names(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${kind}-${index + 1}`);
}
