/**
 * A beneficiary that stays on: takes each voucher that is made out to it, and draws a half now and the rest at the end.
 *
 * Usage, in the folder of the repository:
 * HUB_URL=http://localhost:3000 TOKEN=… HOLDER="Nordlicht Handel" ACCOUNT=DE-1001 npx tsx client-sdk/examples/beneficiary.ts
 */
import { type BeneficiaryVoucher, connect, isTallystickError } from "@tallystick/client";
import { formatAmount } from "@tallystick/client/money";

const { HUB_URL = "http://localhost:3000", TOKEN = "", HOLDER = "", ACCOUNT = "" } = process.env;
const to = { number: ACCOUNT, holder: HOLDER };

const terminal = await connect(HUB_URL, { token: TOKEN });
terminal.on("error", console.error);
process.once("SIGINT", () => terminal.close());
process.once("SIGTERM", () => terminal.close());

terminal.onVoucher(async (voucher) => {
  const { amount, currency, payer } = voucher.snapshot;
  console.log(`${voucher.id}: ${formatAmount(amount, currency)} ${currency} of ${payer}'s`);
  voucher.on("voucher.expiring", ({ remaining }) => console.log(`${remaining} will be lost soon`));
  await voucher.accept();
  await draw(voucher, Math.ceil(amount / 2));
  // What is not said is all that remains.
  await draw(voucher);
  console.log(`${voucher.id} is ${voucher.state}`);
});
console.log(`waiting for vouchers as ${terminal.party}`);

async function draw(voucher: BeneficiaryVoucher, amount?: number): Promise<void> {
  try {
    const drawing = await voucher.draw({ to, amount });
    // Where the offer names an approver, this waits for its word as well.
    const paid = await drawing.settled();
    console.log(`${formatAmount(paid.amount, voucher.snapshot.currency)} is paid`);
  } catch (error) {
    // The approver refused it: an expected answer, and what was drawn can be drawn again.
    if (!isTallystickError(error, "ended")) throw error;
    console.log(`drawing ${error.details?.drawingId} was refused: ${error.details?.reason}`);
  }
}
