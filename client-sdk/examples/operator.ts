/**
 * An operator that pays a sum into an account, and says what waits for a decision.
 *
 * Usage, in the folder of the repository:
 * HUB_URL=http://localhost:3000 TOKEN=… PARTY=acme ACCOUNT=6222020200112233 AMOUNT=25000 REFERENCE=deposit-1 \
 *   npx tsx client-sdk/examples/operator.ts
 */
import { formatAmount } from "@tallystick/client/money";
import { isTallystickError, Operator } from "@tallystick/client/operator";

const { HUB_URL = "http://localhost:3000", TOKEN = "", PARTY = "", ACCOUNT = "" } = process.env;
const { AMOUNT = "0", REFERENCE = "" } = process.env;

const operator = new Operator(HUB_URL, { token: TOKEN });
const { durability } = await operator.ready();
console.log(`the hub is ready, and its issues are ${durability}`);

try {
  const change = { amount: Number(AMOUNT), reference: REFERENCE };
  const { available, currency } = await operator.adjust(PARTY, ACCOUNT, change);
  console.log(`${formatAmount(available, currency)} ${currency} are available in ${ACCOUNT}`);
} catch (error) {
  if (!isTallystickError(error, "not_found")) throw error;
  console.log(`${PARTY} has no account ${ACCOUNT}`);
}

for await (const { settlementId, reason } of operator.settlements())
  console.log(`${settlementId} could not be paid: ${reason}`);
for await (const { issuanceId, voucherId, by } of operator.fences())
  console.log(`${issuanceId ?? voucherId} is fenced, as shown by ${by}`);
