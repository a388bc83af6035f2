/** The two messages that change nothing: `issuance:sync` and `issuance:list`. */
import type { ListAck, QueryPayloads, SyncAck } from "@tallystick/protocol";
import { hasEnded } from "@tallystick/protocol";
import { fence } from "../ledger/fences.ts";
import { BehindError, type Reading, type ReadOptions } from "../ledger/ledger.ts";
import { listOpen } from "../ledger/open-issuances.ts";
import { expire } from "./publish.ts";
import { refused } from "./refusals.ts";
import { enter, roomOf } from "./rooms.ts";
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
  try {
    return await syncFrom(hub, terminal, payload);
  } catch (error) {
    if (!(error instanceof BehindError)) throw error;
    const { issuanceId, after: version, digest } = payload;
    const claim = { party: terminal.data.party, version, digest };
    const fenced = await fence(hub.ledger, issuanceId, claim);
    // Another hub's master may have answered first; now the store has what the terminal knows.
    if (fenced === "not_ahead") return syncFrom(hub, terminal, payload);
    if (fenced === "new") {
      hub.metrics.rolledBack();
      const { version: stored } = error;
      hub.log.error(
        { issuanceId, known: version, stored },
        "the store went back in time: an issuance is fenced",
      );
    }
    return refused("rolled_back", { version: error.version });
  }
}

async function syncFrom(
  hub: Hub,
  terminal: Terminal,
  payload: QueryPayloads["issuance:sync"],
): Promise<SyncAck> {
  const { issuanceId, after, digest } = payload;
  const room = roomOf(issuanceId);
  const read = () => readCurrent(hub, issuanceId, { party: terminal.data.party, after, digest });
  let reading = await read();
  if (!reading) return refused("not_found");
  if (!hasEnded(reading.snapshot.state) && !terminal.rooms.has(room)) {
    await enter(hub, terminal, room);
    // What was told between the reading and the joining would be missed.
    reading = (await read()) ?? reading;
    if (hasEnded(reading.snapshot.state)) await terminal.leave(room);
  }
  const { snapshot, events } = reading;
  // Nobody is told of a voucher that a failover could still take away.
  if (snapshot.state === "issued") await hub.replicas?.confirm(snapshot);
  return { ok: true, issuance: snapshot, events };
}

/** Reads an issuance, and ends it first when its deadline has passed unnoticed. */
async function readCurrent(hub: Hub, issuanceId: string, options: ReadOptions): Promise<Reading | undefined> {
  const reading = await hub.ledger.read(issuanceId, options);
  if (!reading?.due) return reading;
  await expire(hub, issuanceId);
  return hub.ledger.read(issuanceId, options);
}
