/**
 * A payer that approves drawings on its vouchers up to a limit, and refuses what is above it.
 *
 * Usage, in the folder of the repository:
 * HUB_URL=http://localhost:3000 TOKEN=… LIMIT=100000 npx tsx client-sdk/examples/approver.ts
 */
import { connect } from "@tallystick/client";

const { HUB_URL = "http://localhost:3000", TOKEN = "", LIMIT = "100000" } = process.env;

const terminal = await connect(HUB_URL, { token: TOKEN });
terminal.on("error", console.error);
process.once("SIGINT", () => terminal.close());
process.once("SIGTERM", () => terminal.close());

terminal.onDrawing(async (drawing) => {
  const { amount, to } = drawing.snapshot;
  if (amount > Number(LIMIT)) {
    await drawing.refuse("over our limit");
    console.log(`refused ${amount} to …${to?.last4}`);
  } else {
    await drawing.approve();
    console.log(`approved ${amount} to …${to?.last4}`);
  }
});
console.log(`waiting for drawings as ${terminal.party}`);
