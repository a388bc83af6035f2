/** What the fast path knows of engine.io's and ws's insides, which their own types do not declare. */
import type { Socket } from "node:net";

/** A connection: Socket.IO's `socket.conn`. */
export interface Connection {
  /** `open` until it closes. */
  readonly readyState: string;
  readonly transport: object;
  write(packet: string): unknown;
}

/** The same with what its own types call private. */
export interface EngineConnection extends Connection {
  /** What the engine will write as soon as its last write is done. */
  readonly writeBuffer: readonly EnginePacket[];
  /** Ends the connection, unless its answer to a ping comes before; null while none is awaited. */
  readonly pingTimeoutTimer: NodeJS.Timeout | null;
  listeners(event: "data"): ((data: unknown) => void)[];
  removeAllListeners(event: "data"): void;
  on(event: "data", listener: (data: unknown) => void): void;
  /** The answer to the engine's own ping. */
  on(event: "heartbeat", listener: () => void): void;
  /** Comes before a packet is put in `writeBuffer`. */
  on(event: "packetCreate", listener: (this: EngineConnection, packet: EnginePacket) => void): void;
  once(event: "close", listener: (this: EngineConnection) => void): void;
}

export interface EnginePacket {
  readonly data?: unknown;
}

/** The connection's transport. */
export interface Transport {
  /** False while the engine waits for what it wrote last. */
  readonly writable: boolean;
  /** The WebSocket, and under it the TCP socket. */
  readonly socket?: {
    readonly readyState: number;
    readonly OPEN: number;
    readonly _socket?: Socket;
    /** Reads the frames of what the TCP socket hands over. */
    readonly _receiver?: Receiver;
    /** Reads nothing more of the TCP socket, until `resume`. */
    pause(): void;
    resume(): void;
    /** Ends it at once, without waiting for the other side. */
    terminate(): void;
    /** A ping of the WebSocket's own, which ws answers. */
    on(event: "ping", listener: () => void): void;
  };
}

export interface Receiver {
  /** False when no more frames are read: after one that says goodbye, or that makes no sense. */
  readonly writable: boolean;
  write(chunk: Buffer): boolean;
}
