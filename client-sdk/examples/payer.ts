/**
 * A payer that stays on: agrees to whatever it can afford, and pays from the first account that passes.
 *
 * Usage, in the folder of the repository:
 * HUB_URL=http://localhost:3000 TOKEN=… HOLDER="Acme Ltd" ACCOUNTS=6222…,6223… npx tsx client-sdk/examples/payer.ts
 */
import { connect, isTallystickError, type PayerIssuance } from "@tallystick/client";
import { formatAmount } from "@tallystick/client/money";

const { HUB_URL = "http://localhost:3000", TOKEN = "", HOLDER = "Acme Ltd", ACCOUNTS = "" } = process.env;
/** What this payer will stand behind at most, in minor units. */
const LIMIT = 1_000_000_00;

const terminal = await connect(HUB_URL, { token: TOKEN });
terminal.on("error", console.error);
terminal.on("disconnected", () => console.log("the connection is lost; the terminal comes back by itself"));
// For good: closed below, or refused by the hub.
terminal.on("closed", (reason) => console.log(reason ? `closed: ${reason.message}` : "closed"));

terminal.onRequest(async (issuance) => {
  const { issuer, amount, currency } = issuance.snapshot;
  console.log(`${issuer} asks for ${formatAmount(amount, currency)} ${currency}`);
  if (amount > LIMIT) {
    await issuance.decline("over our limit");
    return;
  }
  await issuance.agree();
  await issuance.until("opened");
  if (!(await submitAny(issuance))) {
    await issuance.cancel("no account of ours will do");
    return;
  }
  const { voucher } = await issuance.until("issued");
  console.log(`issued ${voucher?.voucherId}`);
});
console.log(`waiting for requests as ${terminal.party}`);

process.once("SIGINT", () => terminal.close());
process.once("SIGTERM", () => terminal.close());

/** Sends one account after the other until one is verified. */
async function submitAny(issuance: PayerIssuance): Promise<boolean> {
  for (const number of ACCOUNTS.split(",")) {
    try {
      await issuance.submitAccount({ number, holder: HOLDER });
      return true;
    } catch (error) {
      // Nothing was frozen, and another account may do.
      if (!isTallystickError(error, "insufficient_funds")) throw error;
      console.log(`${number} has not enough`);
    }
  }
  return false;
}
