/**
 * An issuer: asks a payer to stand behind a voucher of 1,250.00 yuan, and issues it once the payer's account is
 * verified.
 *
 * Usage, in the folder of the repository:
 * HUB_URL=http://localhost:3000 TOKEN=… PAYER=acme npx tsx client-sdk/examples/issuer.ts
 */
import { connect, isTallystickError } from "@tallystick/client";
import { formatAmount, parseAmount } from "@tallystick/client/money";

const { HUB_URL = "http://localhost:3000", TOKEN = "", PAYER = "acme" } = process.env;

const terminal = await connect(HUB_URL, { token: TOKEN });
// What fails where no caller waits, such as a token that is refused on a reconnect.
terminal.on("error", console.error);

try {
  const amount = parseAmount("1,250.00", "CNY");
  const issuance = await terminal.requestPayer({ payer: PAYER, amount, currency: "CNY", memo: "Order 1042" });
  console.log(`asked ${PAYER} for ${formatAmount(amount, "CNY")} CNY: ${issuance.id}`);
  issuance.on("account.refused", ({ account, attemptsLeft }) => {
    console.log(`the account …${account.last4} was refused; ${attemptsLeft} more may be sent`);
  });

  await issuance.until("agreed", { timeoutMs: 60_000 });
  await issuance.open();
  const { account } = await issuance.until("verified");
  console.log(`the account …${account?.last4} is verified`);
  const { voucher, durability } = await issuance.accept();
  console.log(`issued ${voucher.voucherId} (${durability})`);
} catch (error) {
  // The payer declined, or a deadline passed: an expected end without a voucher.
  if (!isTallystickError(error, "ended")) throw error;
  console.log(`no voucher: the issuance is ${error.state}`);
} finally {
  await terminal.close();
}
