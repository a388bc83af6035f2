/** A line of the log for each message of a terminal, at `debug`: who asked what, and what came of it. */
import type { Logger } from "../log.ts";

export interface AnsweredMessage {
  name: string;
  party: string;
  /** As it was sent, whether it was good or not. */
  payload: unknown;
  /** The acknowledgement. */
  json: string;
  result: string;
  milliseconds: number;
}

/** What may be logged of a payload: ids, which tell nothing of an account. */
const IDS = ["commandId", "issuanceId", "voucherId", "drawingId"] as const;
const ID = /^[\w-]{1,64}$/;

/** Whether the log has a line for each message; asked once, since it would cost each message something. */
export function logsMessages({ level }: Logger): boolean {
  return level === "debug" || level === "trace";
}

export function logMessage(log: Logger, message: AnsweredMessage): void {
  const { name, party, payload, json, result, milliseconds } = message;
  const sent = typeof payload === "object" && payload !== null ? (payload as Record<string, unknown>) : {};
  const ids: Record<string, string> = {};
  for (const id of IDS) {
    const value = sent[id];
    if (typeof value === "string" && ID.test(value)) ids[id] = value;
  }
  // What a request has made is in its answer alone.
  const made = /"issuanceId":"([\w-]+)"/.exec(json)?.[1];
  if (name === "payer:request" && made !== undefined) ids.issuanceId = made;
  const rounded = Math.round(milliseconds * 10) / 10;
  log.debug({ command: name, party, ...ids, result, milliseconds: rounded }, "answered");
}
