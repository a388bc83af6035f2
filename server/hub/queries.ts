/** The two messages that change nothing: `issuance:sync` and `issuance:list`. */
import type { ListAck, QueryPayloads, SyncAck } from "@tallystick/protocol";
import { hasEnded } from "@tallystick/protocol";
import type { Reading } from "../ledger/ledger.ts";
import { listOpen } from "../ledger/open-issuances.ts";
import { expire } from "./publish.ts";
import { refused } from "./refusals.ts";
import { roomOf } from "./rooms.ts";
import type { Hub, Terminal } from "./types.ts";

/** How many issuances a page holds. */
export const PAGE = 100;

export function answerQuery(
  hub: Hub,
  terminal: Terminal,
  name: keyof QueryPayloads,
  payload: object,
): Promise<SyncAck | ListAck> {
  return name === "issuance:sync"
    ? sync(hub, terminal, payload as QueryPayloads["issuance:sync"])
    : list(hub, terminal, payload as QueryPayloads["issuance:list"]);
}

async function list(hub: Hub, terminal: Terminal, payload: QueryPayloads["issuance:list"]): Promise<ListAck> {
  const page = await listOpen(hub.ledger, {
    party: terminal.data.party,
    before: payload.before,
    limit: PAGE,
  });
  return page ? { ok: true, ...page } : refused("not_found");
}

async function sync(hub: Hub, terminal: Terminal, payload: QueryPayloads["issuance:sync"]): Promise<SyncAck> {
  const { issuanceId, after } = payload;
  const room = roomOf(issuanceId);
  const read = () => readCurrent(hub, issuanceId, { party: terminal.data.party, after });
  let reading = await read();
  if (!reading) return refused("not_found");
  if (!hasEnded(reading.snapshot.state) && !terminal.rooms.has(room)) {
    await terminal.join(room);
    // What was told between the reading and the joining would be missed.
    reading = (await read()) ?? reading;
    if (hasEnded(reading.snapshot.state)) await terminal.leave(room);
  }
  return { ok: true, issuance: reading.snapshot, events: reading.events };
}

/** Reads an issuance, and ends it first when its deadline has passed unnoticed. */
async function readCurrent(
  hub: Hub,
  issuanceId: string,
  options: { party: string; after: number },
): Promise<Reading | undefined> {
  const reading = await hub.ledger.read(issuanceId, options);
  if (!reading?.due) return reading;
  await expire(hub, issuanceId);
  return hub.ledger.read(issuanceId, options);
}
