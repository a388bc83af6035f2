/** Records what one terminal sends and is sent, as it goes over the wire: more than its user is told. */
import { hash } from "node:crypto";
import type { CommandAck, ErrorCode, IssuanceEvent, VoucherAck, VoucherEvent } from "@tallystick/protocol";
import { COMMAND_NAMES, VOUCHER_COMMAND_NAMES } from "@tallystick/protocol";
import { Decoder, Encoder, type Packet, PacketType } from "socket.io-parser";
import type { AnyCommand, History, Mark, Sent } from "./history.ts";

const RECORDED: ReadonlySet<string> = new Set([...COMMAND_NAMES, ...VOUCHER_COMMAND_NAMES]);

/** Whose connection is recorded, and in which history. */
export interface RecorderOptions {
  terminal: string;
  party: string;
  history: History;
}

/** A parser for Socket.IO's option of that name, which does what its own does and records it. */
export function recordingParser({ terminal, party, history }: RecorderOptions) {
  const waiting = new Map<number, Sent>();

  const wentOut = ({ id, data }: Packet) => {
    const [command, payload] = data as [AnyCommand, Pick<Sent, "commandId" | "seen">];
    if (id === undefined || !RECORDED.has(command)) return;
    const { commandId, seen } = payload;
    const sent = {
      at: performance.now(),
      message: `${terminal}#${id}`,
      party,
      command,
      commandId,
      ...(seen && { seen }),
    };
    history.sent.push(sent);
    waiting.set(id, sent);
  };

  const cameBack = ({ id, data }: Packet) => {
    const sent = waiting.get(id as number);
    if (!sent) return;
    waiting.delete(id as number);
    const [ack] = data as [CommandAck | VoucherAck];
    history.acknowledged.push({ ...sent, at: performance.now(), ...readAnswer(ack) });
  };

  return {
    Encoder: class extends Encoder {
      override encode(packet: Packet) {
        if (packet.type === PacketType.EVENT) wentOut(packet);
        return super.encode(packet);
      }
    },
    Decoder: class extends Decoder {
      constructor() {
        super();
        this.on("decoded", (packet) => {
          if (packet.type === PacketType.ACK) cameBack(packet);
          const [name, event] = packet.type === PacketType.EVENT ? packet.data : [];
          if (name === "issuance:event" || name === "voucher:event")
            history.told.push({ at: performance.now(), terminal, event: markOf(event) });
        });
      }
    },
  };
}

export function markOf(event: IssuanceEvent | VoucherEvent): Mark {
  const { version, digest, type, state } = event;
  const issuanceId = "voucherId" in event ? event.voucherId : event.issuanceId;
  return { issuanceId, version, digest, type, state };
}

function readAnswer(ack: CommandAck | VoucherAck): {
  answer: "done" | ErrorCode;
  event?: Mark;
  body: string;
} {
  if (ack.ok) {
    const after = "voucher" in ack ? ack.voucher : ack.issuance;
    return { answer: "done", event: markOf(ack.event), body: bodyOf([ack.event, after]) };
  }
  const { code, details } = ack.error;
  const event = details?.event as IssuanceEvent | undefined;
  return { answer: code, ...(event && { event: markOf(event) }), body: bodyOf([code, event]) };
}

/** A digest is enough to see that two answers differ, and a long run has many. */
function bodyOf(parts: unknown[]): string {
  return hash("sha256", JSON.stringify(parts, inOrder), "base64url").slice(0, 16);
}

/** The order of an object's fields says nothing. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
