/**
 * How much of what a connection has sent is read at once. TCP hands over up to 64 KiB, which are some three hundred
 * messages: ws would read them all before anybody else is heard, though the connection is held after the first of them.
 * So ws gets a slice; the rest goes back to the TCP socket, and when nothing holds the connection it has its turn
 * after the others that wait for one. What is no longer than a slice, as nearly everything, goes the way that it would.
 */
import { Writable } from "node:stream";
import type { InTurn, Turns } from "../../limits/turns.ts";
import type { EngineConnection, Receiver, Transport } from "./engine.ts";

/** Few messages of a terminal's are longer. */
export const SLICE_BYTES = 2048;

/** Whose connection it is that is read in slices, the next one when its turn has come. */
export interface SliceReader extends InTurn {
  readonly turns: Turns;
  /** While it is held nothing is read of it, and whoever releases it reads on. */
  readonly isHeld: boolean;
}

const READER = Symbol("reader");
type SlicedReceiver = Receiver & { [READER]: { reader: SliceReader; connection: EngineConnection } };

/** From now on a connection is read in slices. */
export function readInSlices(connection: EngineConnection, reader: SliceReader): void {
  const receiver = (connection.transport as Transport).socket?._receiver as SlicedReceiver | undefined;
  if (!receiver) return;
  receiver[READER] = { reader, connection };
  receiver.write = writeSlice;
}

// One function for all of them. ws calls it with what the TCP socket hands over, and stops reading that when it answers false.
function writeSlice(this: SlicedReceiver, chunk: Buffer): boolean {
  const write: Receiver["write"] = Writable.prototype.write;
  if (chunk.length <= SLICE_BYTES) return write.call(this, chunk);
  const { reader, connection } = this[READER];
  const tcp = (connection.transport as Transport).socket?._socket;
  // Nobody is there any more who could be answered: ws hands over what was left.
  if (!tcp || tcp.destroyed) return true;
  // What is answered at once leaves together.
  tcp.cork();
  const goesOn = write.call(this, chunk.subarray(0, SLICE_BYTES));
  tcp.uncork();
  // It has said goodbye, or what makes no sense, and ws reads no more of it.
  if (!this.writable || tcp.destroyed) return true;
  tcp.pause();
  tcp.unshift(chunk.subarray(SLICE_BYTES));
  // Its answer to a ping may lie behind what it has sent, and of that not all has been read.
  connection.pingTimeoutTimer?.refresh();
  if (goesOn && !reader.isHeld) reader.turns.wait(reader);
  return goesOn;
}
