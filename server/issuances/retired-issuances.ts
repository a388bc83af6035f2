/**
 * Issuances that have left the store: what their scripts would answer, from the record as the archive makes it anew, so that
 * nobody can tell but by the time it takes.
 */
import {
  type CommandName,
  type CommandPayloads,
  type IssuanceEvent,
  type Role,
  ruleOf,
  type Snapshot,
} from "@tallystick/protocol";
import type { AsksArchive } from "../archive/archive.ts";
import type { Retired } from "../archive/record.ts";
import { issuanceIdFor } from "../ledger/keys.ts";
import type { Ledger, Reading, ReadOptions } from "../ledger/ledger.ts";
import { type Outcome, readOutcome } from "../ledger/outcome.ts";
import { unpack } from "../ledger/packing.ts";
import { payloadDigest } from "../ledger/payload-digest.ts";
import { readEvents, readHash, type StoredIssuance, snapshotOf } from "../ledger/record.ts";

/** What a reader finds. */
export type Synced =
  | { kind: "found"; snapshot: Snapshot; events: IssuanceEvent[] }
  | Exclude<Reading, { kind: "found" }>;

export class RetiredIssuances {
  readonly #archive: AsksArchive;
  readonly #ledger: Pick<Ledger, "partitionOf">;

  constructor(archive: AsksArchive, ledger: Pick<Ledger, "partitionOf">) {
    this.#archive = archive;
    this.#ledger = ledger;
  }

  /**
   * What a reader finds; undefined when no issuance of this id has left the store.
   *
   * @throws ArchiveAwayError when the archive does not answer.
   */
  async read(issuanceId: string, { party, after, digest }: ReadOptions): Promise<Synced | undefined> {
    const found = await this.#find(issuanceId, party);
    if (!found) return undefined;
    if (found === ANOTHERS) return { kind: "not_found", isGone: false };
    const { record, log } = found.stored;
    const { version } = record;
    const isOther = after && digest !== undefined && !log[after - 1]?.startsWith(`${digest}|`);
    if (after !== undefined && (after > version || isOther)) return { kind: "behind", version };
    const first = after ?? version;
    return {
      kind: "found",
      snapshot: { ...snapshotOf(record), ...(found.isForgotten && { forgotten: true as const }) },
      events: readEvents(record, log.slice(first), first + 1),
    };
  }

  /** The snapshot; undefined when there is none, or it is not the party's. */
  async snapshot(issuanceId: string, party: string | undefined): Promise<Snapshot | undefined> {
    const read = await this.read(issuanceId, party === undefined ? {} : { party });
    return read?.kind === "found" ? read.snapshot : undefined;
  }

  /** What a command is answered; undefined when no issuance of its id has left the store. @throws ArchiveAwayError */
  async execute(
    party: string,
    name: CommandName,
    payload: CommandPayloads[CommandName],
  ): Promise<Outcome | undefined> {
    const issuanceId = this.#idOf(party, name, payload);
    const found = await this.#find(issuanceId, party);
    return found && readOutcome(issuanceId, answer(found, party, { name, ...payload, issuanceId })).outcome;
  }

  /** A request has no id yet: it is made of who asks, for whom, and of its `commandId`. */
  #idOf(issuer: string, name: CommandName, payload: CommandPayloads[CommandName]): string {
    if (name !== "payer:request") return (payload as CommandPayloads["payer:agree"]).issuanceId;
    const { commandId, payer } = payload as CommandPayloads["payer:request"];
    return issuanceIdFor({ issuer, commandId, partition: this.#ledger.partitionOf(payer) });
  }

  async #find(id: string, party: string | undefined): Promise<Found | typeof ANOTHERS | undefined> {
    if (!this.#archive.isThere) return undefined;
    const found = await this.#archive.ask("readRetired", { id, party });
    if (found?.kind === ANOTHERS) return ANOTHERS;
    const stored = found && readHash(id, found.fields);
    return stored && { ...found, stored };
  }
}

/** It is not whose question it is. */
const ANOTHERS = "anothers";

interface Found extends Retired {
  stored: StoredIssuance;
}

interface Asked {
  name: CommandName;
  commandId: string;
  issuanceId: string;
}

/** The reply of a script: membership, repeat, role, then the state, in this order. */
function answer(found: Found | typeof ANOTHERS, party: string, { name, ...payload }: Asked): string[] {
  if (found === ANOTHERS) return ["rejected", "not_found"];
  const { fields, stored } = found;
  const { record, log } = stored;
  const role = roleOf(record, party);
  const [digest, version, code = ""] = fields[`${role[0]}:${payload.commandId}`]?.split(" ") ?? [];
  if (digest !== undefined) {
    if (digest !== payloadDigest(name, payload)) return ["rejected", "conflict", "commandId"];
    const { o = "", s = "" } = fields;
    return ["replay", version ?? "", code, ...unpack(o), ...unpack(s), ...log.slice(0, Number(version))];
  }
  // Another command has made what has this id.
  if (name === "payer:request") return ["rejected", "conflict", "commandId"];
  const { roles } = ruleOf(name);
  const isAllowed = roles.some((each) => record[each] === party);
  if (!isAllowed) return ["rejected", "forbidden", roles.includes("issuer") ? "issuer" : "payer"];
  return ["rejected", "wrong_state", record.state];
}

/** The role under which a party's answers are kept. */
function roleOf({ issuer }: StoredIssuance["record"], party: string): Role {
  return party === issuer ? "issuer" : "payer";
}
