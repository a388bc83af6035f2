/**
 * A terminal that speaks the wire itself, without the SDK, and keeps all that the hub sends it. All of that is held
 * against the documents of the messages.
 */
import { randomUUID } from "node:crypto";
import type {
  ClientToHub,
  CommandAck,
  CommandName,
  CommandPayloads,
  ErrorBody,
  EventType,
  HubToClient,
  IssuanceEvent,
  ListAck,
  SessionReady,
  SyncAck,
  VoucherEvent,
} from "@tallystick/protocol";
import { HUB_MESSAGES } from "@tallystick/protocol";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { checkAcknowledged, checkTold } from "./api-documents.ts";

/** Where a hub is, and tokens that it takes. */
export interface Reachable {
  readonly url: string;
  token(party: string): Promise<string>;
}

export type RawSocket = Socket<HubToClient, ClientToHub>;
/** A command's payload; without a `commandId` it gets a fresh one. */
export type Payload<C extends CommandName> = Omit<CommandPayloads[C], "commandId"> & { commandId?: string };
export type Accepted = Extract<CommandAck, { ok: true }>;

const HUB_MESSAGE_NAMES = Object.keys(HUB_MESSAGES) as (keyof HubToClient)[];

/** An answer or an event that does not come within this is never coming, milliseconds. */
const PATIENCE_MS = 60_000;

export interface RawTerminal {
  readonly party: string;
  readonly socket: RawSocket;
  readonly session: SessionReady;
  /** Every `issuance:event`, in the order of arrival. */
  readonly events: IssuanceEvent[];
  /** Every `voucher:event`, in the order of arrival. */
  readonly voucherEvents: VoucherEvent[];
  /** Every `session:error`. */
  readonly errors: ErrorBody[];
  /** Every Socket.IO packet that the hub sent over this connection, as it came. */
  readonly frames: string[];
  /** Sends any message at all and waits for its answer. */
  send(name: string, ...args: unknown[]): Promise<unknown>;
  command<C extends CommandName>(name: C, payload: Payload<C>): Promise<CommandAck>;
  /** Sends a command that has to be accepted. */
  accepted<C extends CommandName>(name: C, payload: Payload<C>): Promise<Accepted>;
  /** Sends a command that has to be refused. */
  refused<C extends CommandName>(name: C, payload: Payload<C>): Promise<ErrorBody>;
  sync(issuanceId: string, after?: number): Promise<SyncAck>;
  list(before?: string): Promise<ListAck>;
  /** Waits until it is told such an event, or has been. */
  told(issuanceId: string, type: EventType): Promise<IssuanceEvent>;
  /** Waits until all that the hub told this terminal before now has come. */
  settle(): Promise<void>;
  close(): void;
}

/** What a message was refused with; it has to be refused. */
export function errorOf(answer: { ok: boolean; error?: ErrorBody }): ErrorBody {
  if (!answer.ok && answer.error) return answer.error;
  throw new Error(`it was accepted: ${JSON.stringify(answer)}`);
}

/** A fresh `commandId`. */
export function freshId(): string {
  return randomUUID();
}

/** Connects a terminal of a party and waits for `session:ready`. Whoever connects it closes it. */
export async function connectTerminal(hub: Reachable, party: string): Promise<RawTerminal> {
  const socket = openSocket(hub.url, { auth: { token: await hub.token(party) } });
  const frames = recordFrames(socket);
  const events: IssuanceEvent[] = [];
  const errors: ErrorBody[] = [];
  socket.on("issuance:event", (event) => events.push(event));
  const voucherEvents: VoucherEvent[] = [];
  socket.on("voucher:event", (event) => voucherEvents.push(event));
  socket.on("session:error", (error) => errors.push(error));
  for (const name of HUB_MESSAGE_NAMES) socket.on(name, (said: unknown) => checkTold(name, said));
  const session = await new Promise<SessionReady>((resolve, reject) => {
    socket.once("session:ready", resolve);
    socket.once("connect_error", reject);
  });
  const send = async (name: string, ...args: unknown[]): Promise<unknown> => {
    const answer = await socket.timeout(PATIENCE_MS).emitWithAck(name as "payer:agree", ...(args as [never]));
    checkAcknowledged(name, answer);
    return answer;
  };
  const command = <C extends CommandName>(name: C, payload: Payload<C>) =>
    send(name, { commandId: freshId(), ...payload }) as Promise<CommandAck>;
  return {
    party,
    socket,
    session,
    events,
    voucherEvents,
    errors,
    frames,
    send,
    command,
    accepted: async (name, payload) => {
      const answer = await command(name, payload);
      if (answer.ok) return answer;
      throw new Error(`${name} of ${party} was refused: ${JSON.stringify(answer.error)}`);
    },
    refused: async (name, payload) => {
      const answer = await command(name, payload);
      if (!answer.ok) return answer.error;
      throw new Error(`${name} of ${party} was accepted: ${JSON.stringify(answer.event)}`);
    },
    sync: (issuanceId, after = 0) => send("issuance:sync", { issuanceId, after }) as Promise<SyncAck>,
    list: (before) => send("issuance:list", before === undefined ? {} : { before }) as Promise<ListAck>,
    told: (issuanceId, type) => waitForEvent({ socket, events, party, issuanceId, type }),
    // One connection keeps the order of its messages, so what was told before comes before the answer.
    settle: async () => {
      await send("issuance:list", {});
    },
    close: () => socket.disconnect(),
  };
}

/** A socket that does not come back by itself and shares its connection with no other. */
export function openSocket(url: string, options: Partial<ManagerOptions & SocketOptions> = {}): RawSocket {
  return io(url, { transports: ["websocket"], forceNew: true, reconnection: false, ...options });
}

function recordFrames(socket: RawSocket): string[] {
  const frames: string[] = [];
  socket.io.once("open", () => {
    socket.io.engine.on("packet", ({ data }: { data?: unknown }) => frames.push(String(data ?? "")));
  });
  return frames;
}

interface Expectation {
  socket: RawSocket;
  events: readonly IssuanceEvent[];
  party: string;
  issuanceId: string;
  type: EventType;
}

function waitForEvent({ socket, events, party, issuanceId, type }: Expectation): Promise<IssuanceEvent> {
  const fits = (event: IssuanceEvent) => event.issuanceId === issuanceId && event.type === type;
  const before = events.find(fits);
  if (before) return Promise.resolve(before);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.off("issuance:event", look);
      reject(new Error(`${party} was not told ${type}, but ${JSON.stringify(events.map((e) => e.type))}`));
    }, PATIENCE_MS);
    const look = (event: IssuanceEvent) => {
      if (!fits(event)) return;
      clearTimeout(timer);
      socket.off("issuance:event", look);
      resolve(event);
    };
    socket.on("issuance:event", look);
  });
}
