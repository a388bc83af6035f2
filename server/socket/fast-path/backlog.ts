/**
 * What waits for a terminal that does not read is kept in the hub's memory: by the engine, which writes again only
 * when its last write is done, and by the TCP socket. A terminal for which too much waits is cut off; when it
 * comes back it finds everything again.
 */
import type { Socket as TcpSocket } from "node:net";
import type { Connection, EngineConnection, EnginePacket, Transport } from "./engine.ts";

/** Bytes that may wait for one terminal. */
export const LARGEST_BACKLOG_BYTES = 1024 * 1024;

/** Bytes in a connection's `writeBuffer`, kept only while there are several packets in it. */
const buffered = new WeakMap<EngineConnection, number>();

/** Watches what the engine has to write to a terminal; `cutOffSlowReader` does the same for what goes past it. */
export function limitBacklog(connection: EngineConnection): void {
  connection.on("packetCreate", countPacket);
}

/** Ends a connection at once: to close it in order would be to wait for the other side. */
export function cutOff({ transport }: Connection): void {
  (transport as Transport).socket?.terminate();
}

/** Ends a connection when too much waits in it. Closing in order would wait for the terminal to read. */
export function cutOffSlowReader(tcp: TcpSocket, moreBytes = 0): void {
  if (tcp.writableLength + moreBytes > LARGEST_BACKLOG_BYTES) tcp.destroy();
}

// One function for all of them. The engine says so before it puts the packet in its buffer.
function countPacket(this: EngineConnection, packet: EnginePacket): void {
  const [first] = this.writeBuffer;
  if (!first) return;
  const before = this.writeBuffer.length === 1 ? sizeOf(first) : (buffered.get(this) ?? 0);
  const bytes = before + sizeOf(packet);
  buffered.set(this, bytes);
  const tcp = (this.transport as Transport).socket?._socket;
  if (tcp) cutOffSlowReader(tcp, bytes);
}

function sizeOf({ data }: EnginePacket): number {
  return typeof data === "string" ? data.length : 0;
}
