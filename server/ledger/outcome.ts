/** What a command on an issuance came to, and how the scripts' replies say so. */
import type { ErrorCode, IssuanceEvent, Snapshot, State } from "@tallystick/protocol";
import { foldAll, hasEnded } from "@tallystick/protocol";
import {
  type IssuanceRecord,
  RECORD_LENGTH,
  readEvent,
  readEvents,
  readRecord,
  snapshotOf,
} from "./record.ts";
import { readRefusal, readShown, type ShownEvent } from "./refusal.ts";

/** The command did what it asks for. `repeated`: it had done so before, and this is the same answer. */
export interface Done {
  kind: "done";
  event: IssuanceEvent;
  snapshot: Snapshot;
  repeated: boolean;
  /** The event is the newest of the issuance: nothing has happened since. */
  isNewest: boolean;
  /** The issuance has ended by now, though a repeated answer may tell of a time before. */
  ended: boolean;
  /** The state that the event led out of; absent for the first event. */
  from?: State | undefined;
}

/** The command was refused; with `event` the issuance moved on all the same, since an account was refused. */
export interface RefusedCommand {
  kind: "refused";
  code: ErrorCode;
  details?: Record<string, unknown>;
  event?: IssuanceEvent;
  snapshot?: Snapshot;
  from?: State | undefined;
  repeated: boolean;
  /** The event is the newest of the issuance; absent without an event. */
  isNewest?: boolean;
  /** The issuance's deadline has passed and nobody has written so yet. */
  due?: boolean;
  /** It shows that a voucher was issued, by this event. */
  issued?: ShownEvent;
  /** What the command made has left the store: an archive knows how it was answered. */
  isRetired?: boolean;
}

export type Outcome = Done | RefusedCommand;

/** An outcome, and the record that it left, when the command wrote one. */
export interface Written {
  outcome: Outcome;
  record?: IssuanceRecord;
}

/** Reads the reply of a script that is built on `lua/steps/read-command.lua`. */
export function readOutcome(issuanceId: string, reply: string[]): Written {
  const [kind = "", first = "", second = "", third = ""] = reply;
  if (kind === "rejected") return { outcome: plainRefusal(first as ErrorCode, second, third) };
  if (kind === "replay") return { outcome: repeatedAnswer(issuanceId, reply) };
  const record = readRecord(issuanceId, reply, 4);
  const event = readEvent(record, record.version, first);
  const code = second as ErrorCode | "";
  const from = third === "" ? undefined : (third as State);
  const snapshot = snapshotOf(record);
  return { record, outcome: answer({ record, event, from, snapshot, code, repeated: false }) };
}

interface Answer {
  record: IssuanceRecord;
  event: IssuanceEvent;
  from: State | undefined;
  snapshot: Snapshot;
  /** Empty unless the command was refused. */
  code: ErrorCode | "";
  repeated: boolean;
}

function answer({ record, event, from, snapshot, code, repeated }: Answer): Outcome {
  const isNewest = event.version === record.version;
  if (code === "")
    return { kind: "done", event, from, snapshot, repeated, isNewest, ended: hasEnded(record.state) };
  return { kind: "refused", code, details: { event }, event, from, snapshot, repeated, isNewest };
}

/** The first answer once more: the log, folded up to the version that it had then. */
function repeatedAnswer(issuanceId: string, reply: string[]): Outcome {
  const code = (reply[2] ?? "") as ErrorCode | "";
  const record = readRecord(issuanceId, reply, 3);
  const events = readEvents(record, reply.slice(3 + RECORD_LENGTH), 1);
  const event = events.at(-1);
  const from = events.at(-2)?.state;
  const snapshot = foldAll(events);
  if (!event || !snapshot) throw new Error(`the log of ${issuanceId} is empty, but an answer is stored`);
  return answer({ record, event, from, snapshot, code, repeated: true });
}

function plainRefusal(code: ErrorCode, detail: string, more: string): RefusedCommand {
  const refused: RefusedCommand = { ...readRefusal(code, detail), repeated: false };
  if (more === "due") refused.due = true;
  else if (more === "retired") refused.isRetired = true;
  else if (more !== "") refused.issued = readShown(more);
  return refused;
}
