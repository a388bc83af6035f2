/** An event as programs are told of it: a CloudEvent 1.0. */
import {
  type FeedEvent,
  type IssuanceEvent,
  sequenceOf,
  type VoucherEvent,
  type VoucherEventOf,
} from "@tallystick/protocol";
import type { Fed } from "../archive/feed.ts";
import { viewEvent } from "../vouchers/view.ts";

/** @param party in whose view; absent for an operator. */
export function cloudEventOf(fed: Fed, bookId: string, party: string | undefined): FeedEvent {
  const { event } = fed;
  const subject = subjectOf(event);
  return {
    specversion: "1.0",
    // The digest tells it from one that a store which went back has lost.
    id: `${subject}_${event.version}_${event.digest}`,
    source: `urn:tallystick:book:${bookId}`,
    type: event.type,
    subject,
    time: new Date(event.at).toISOString(),
    datacontenttype: "application/json",
    sequence: sequenceOf(event.version),
    data: dataOf(fed, party),
  };
}

/** The issuance or the voucher that an event is of. */
export function subjectOf(event: IssuanceEvent | VoucherEvent): string {
  return "voucherId" in event ? event.voucherId : event.issuanceId;
}

function dataOf({ event, parties, payOutside }: Fed, party: string | undefined): FeedEvent["data"] {
  if (!("voucherId" in event)) return event;
  const seen = viewEvent(event, parties, party);
  return payOutside && party === undefined && seen.type === "drawing.honoured"
    ? withSettlement(seen, payOutside)
    : seen;
}

function withSettlement(
  event: VoucherEventOf<"drawing.honoured">,
  { currency }: { currency: string },
): FeedEvent["data"] {
  const { voucherId, drawingId, version, amount } = event;
  const settlementId = `${voucherId}.${version}`;
  const settlement = { settlementId, voucherId, drawingId, amount, currency } as const;
  return { ...event, settlement: { ...settlement, state: "open", mode: "external", attempt: 1 } };
}
