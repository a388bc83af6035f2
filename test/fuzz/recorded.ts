/** Sessions as terminals have them, packet by packet as Engine.IO sends them: what is mutated has to be real first. */
import { connectTerminal, type RawTerminal } from "../helpers/raw-terminal.ts";
import { accepted } from "../vouchers/scene.ts";
import { NUMBERS, PARTIES, type World } from "./world.ts";

/** The texts that each party's terminal sent, in order; the first asks for the session. */
export type Recorded = string[][];

/** Plays a negotiation and a voucher's life, and records what the three terminals send. */
export async function recordSessions(world: World): Promise<Recorded> {
  const [issuer, payer, beneficiary] = PARTIES;
  const terminals = await Promise.all(PARTIES.map((party) => connectTerminal(world.hub, party)));
  const sent = terminals.map(record);
  const recorded = await Promise.all(
    PARTIES.map(async (party) => [`40${JSON.stringify({ token: await world.hub.token(party) })}`]),
  );
  await play(terminals as [RawTerminal, RawTerminal, RawTerminal], { issuer, payer, beneficiary });
  for (const terminal of terminals) {
    await terminal.settle();
    terminal.close();
  }
  return recorded.map((connect, index) => [...connect, ...(sent[index] ?? [])]);
}

function record({ socket }: RawTerminal): string[] {
  const texts: string[] = [];
  socket.io.engine.on("packetCreate", ({ type, data }: { type: string; data?: unknown }) => {
    if (type === "message" && typeof data === "string") texts.push(`4${data}`);
  });
  return texts;
}

async function play(
  [one, other, third]: [RawTerminal, RawTerminal, RawTerminal],
  { issuer, payer, beneficiary }: { issuer: string; payer: string; beneficiary: string },
): Promise<void> {
  const offer = {
    payer,
    beneficiary,
    amount: 1000,
    currency: "CNY",
    approval: { by: "payer", within: 60 },
  } as const;
  const { issuance } = await one.accepted("payer:request", { ...offer, memo: `from ${issuer}` });
  const { issuanceId } = issuance;
  await other.accepted("payer:agree", { issuanceId });
  await one.accepted("issuance:open", { issuanceId });
  await other.accepted("account:submit", { issuanceId, account: { number: NUMBERS[0], holder: payer } });
  await one.accepted("account:change", { issuanceId, reason: "another" });
  await other.accepted("account:keep", { issuanceId });
  await one.accepted("issuance:accept", { issuanceId });
  await one.sync(issuanceId, 3);
  const voucherId = `v${issuanceId}`;
  await accepted(third, "voucher:accept", voucherId, {});
  const to = { number: NUMBERS[0], holder: beneficiary };
  const { event } = await accepted(third, "voucher:draw", voucherId, { amount: 10, to });
  await accepted(other, "drawing:approve", voucherId, { drawingId: String(event.version) });
  await accepted(third, "voucher:release", voucherId, {});
}
