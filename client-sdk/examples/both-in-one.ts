/**
 * A party that is issuer and payer at once: one terminal plays both sides.
 *
 * Usage, in the folder of the repository:
 * HUB_URL=http://localhost:3000 TOKEN=… HOLDER="Acme Ltd" ACCOUNT=6222… npx tsx client-sdk/examples/both-in-one.ts
 */
import { connect, newCommandId } from "@tallystick/client";

const { HUB_URL = "http://localhost:3000", TOKEN = "", HOLDER = "Acme Ltd", ACCOUNT = "" } = process.env;

const terminal = await connect(HUB_URL, { token: TOKEN });
try {
  // Keep this id in a file or a table: the same request after a crash finds the same issuance.
  const commandId = newCommandId();
  const offer = { payer: terminal.party, amount: 500_00, currency: "CNY" };
  const asIssuer = await terminal.requestPayer(offer, { commandId });
  // Whoever asks itself has agreed, so the issuance can be opened at once.
  const asPayer = asIssuer.asPayer();
  await asIssuer.open();
  await asPayer.submitAccount({ number: ACCOUNT, holder: HOLDER });
  const { voucher } = await asIssuer.accept();
  console.log(`issued ${voucher.voucherId}`);
  for await (const { version, type, by } of asIssuer.events({ from: 1 })) console.log(version, type, by);
} finally {
  await terminal.close();
}
