/** One voucher's life, from its beneficiary's side: reads it, takes the step that its life has, and waits. */
import { type BeneficiaryVoucher, isTallystickError } from "@tallystick/client";
import { VOUCHER_END_STATES } from "@tallystick/protocol";
import { beneficiaryStep, type Life } from "./lives.ts";
import type { Setting } from "./negotiate.ts";
import { pause, type Random } from "./random.ts";
import type { RecordingTerminal } from "./recording-terminal.ts";
import { type Actor, sendUntilAnswered } from "./send-command.ts";

export interface Beneficiary {
  actor: Actor;
  /** The terminal that reads and follows; commands go over any of the party's. */
  recording: RecordingTerminal;
  voucherId: string;
  life: Life;
  random: Random;
}

/** No life has as many steps. */
const MOST_STEPS = 30;
/** A beneficiary that waits reads the voucher again this often, milliseconds. */
const READ_AGAIN_MS = 2000;

/** Resolves when the beneficiary has done all that it will, or can't; the voucher may live on. */
export async function live(side: Beneficiary, setting: Setting): Promise<void> {
  const { recording, voucherId, life, random } = side;
  let tried = 0;
  for (let steps = 0; steps < MOST_STEPS && !setting.ending.aborted; steps += 1) {
    const voucher = await readVoucher(recording, voucherId, setting);
    if (voucher === "gone") return;
    if (voucher === "unknown") continue;
    const { snapshot } = voucher;
    const step = beneficiaryStep(life, snapshot);
    if (!step && snapshot.pending === 0) return;
    if (step && tried !== snapshot.version) {
      await pause(random.below(120), setting.ending);
      tried = snapshot.version;
      await sendUntilAnswered(side.actor, step, { ...setting, random });
    } else {
      if (!(await changed(voucher, snapshot.version))) tried = 0;
    }
  }
}

async function readVoucher(recording: RecordingTerminal, voucherId: string, { ending }: Setting) {
  try {
    const voucher = await recording.terminal.voucher(voucherId, { timeoutMs: READ_AGAIN_MS });
    recording.followVoucher(voucher);
    return voucher as BeneficiaryVoucher;
  } catch (error) {
    if (!isTallystickError(error)) throw error;
    if (error.code === "not_found") recording.notice(voucherId, "not_found");
    if (error.code === "not_found" || error.code === "disconnected") return "gone";
    await pause(200, ending);
    return "unknown";
  }
}

/** Whether there is something new within a while. */
async function changed(voucher: BeneficiaryVoucher, version: number): Promise<boolean> {
  if (voucher.snapshot.version > version) return true;
  return new Promise((resolve) => {
    const stop = voucher.on(() => resolve(true));
    voucher.until(VOUCHER_END_STATES, { timeoutMs: READ_AGAIN_MS }).then(
      () => resolve(true),
      () => {
        stop();
        resolve(false);
      },
    );
  });
}
