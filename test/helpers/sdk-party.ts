/**
 * A party in a process of its own, for tests that need what only separate processes show. It never resyncs by
 * itself, so an event that is lost ends the process with an error.
 *
 * Its arguments: payer URL TOKEN, or issuer URL TOKEN COUNT.
 */
import { connect } from "@tallystick/client";
import { ACCOUNT, OFFER } from "./sdk-scene.ts";

const [role, url, token, count] = process.argv.slice(2) as [string, string, string, string];
const PATIENCE = { timeoutMs: 60_000 };
const options = { token, resyncIntervalMs: 600_000 };

/** Answers every invitation until the process is killed. */
async function pay(): Promise<void> {
  const terminal = await connect(url, options);
  terminal.onRequest(async (issuance) => {
    await issuance.agree();
    await issuance.until("opened");
    await issuance.submitAccount(ACCOUNT);
  });
}

/** Each negotiation with a terminal of its own. */
async function issue(): Promise<void> {
  for (let issued = 0; issued < Number(count); ) {
    const terminal = await connect(url, options);
    const issuance = await terminal.requestPayer({ ...OFFER, amount: 1 });
    await issuance.until("agreed", PATIENCE);
    await issuance.open();
    await issuance.until("verified", PATIENCE);
    await issuance.accept();
    await terminal.close();
    issued += 1;
    process.send?.(`issued ${issued}`);
  }
  process.disconnect();
}

await (role === "payer" ? pay() : issue());
