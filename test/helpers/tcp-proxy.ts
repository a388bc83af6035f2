/** A line that a test can spoil: cut, reset, held up, slow, or with single pub/sub messages lost or repeated. */

import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { isPublished, RespFrames } from "./resp-frames.ts";

export type Target = { host: string; port: number } | { path: string };

export interface TcpProxy {
  readonly port: number;
  /** How many pub/sub messages were lost or repeated so far. */
  readonly spoiled: { lost: number; repeated: number };
  /** Ends all connections. New ones may come. */
  cut(): void;
  /** The same, without a goodbye (RST). */
  reset(): void;
  /** Nothing passes, and nobody is told, until `thaw`; new connections are taken and stay silent. */
  freeze(): void;
  /** What was held up passes on, late. */
  thaw(): void;
  /** Everything takes this much longer, milliseconds; or only what has a text in it, and what comes after. */
  delay(ms: number, only?: string): void;
  /** What becomes of the next pub/sub messages to the client. */
  spoil(how: "lose" | "repeat", count: number): void;
  /** The next reply with this text in it does not come, nor does any after it on its line; resolves when it would have. */
  loseFrom(text: string): Promise<void>;
  close(): Promise<void>;
}

interface Pair {
  near: Socket;
  far: Socket;
}

/**
 * Starts a proxy. Whoever starts it closes it.
 *
 * @param target where a new connection goes; undefined refuses it.
 * @param options.redis the target is a Redis server, whose replies are told apart.
 */
export async function startProxy(
  target: () => Target | undefined,
  options: { port?: number; redis?: boolean } = {},
): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  const spoiled = { lost: 0, repeated: 0 };
  const spoiling = { lose: 0, repeat: 0 };
  let isFrozen = false;
  let delayMs = 0;
  let delayed = "";
  let losing: { text: string; lost: () => void } | undefined;

  const copiesOf = (frame: Buffer): number => {
    if (spoiling.lose + spoiling.repeat === 0 || !isPublished(frame)) return 1;
    if (spoiling.lose > 0) {
      spoiling.lose -= 1;
      spoiled.lost += 1;
      return 0;
    }
    spoiling.repeat -= 1;
    spoiled.repeated += 1;
    return 2;
  };
  const pass = (from: Socket, to: Socket, frames?: RespFrames) => {
    let chain: Promise<void> | undefined;
    let isMute = false;
    const survives = (frame: Buffer): boolean => {
      if (losing && frame.includes(losing.text)) {
        losing.lost();
        losing = undefined;
        isMute = true;
      }
      return !isMute;
    };
    const write = (chunk: Buffer) => {
      if (!to.destroyed && !to.write(chunk)) from.pause();
    };
    to.on("drain", () => !isFrozen && from.resume());
    from.on("data", (chunk: Buffer) => {
      const pieces = frames
        ? frames
            .push(chunk)
            .filter(survives)
            .flatMap((frame) => Array(copiesOf(frame)).fill(frame))
        : [chunk];
      for (const piece of pieces as Buffer[]) {
        const waitMs = piece.includes(delayed) ? delayMs : 0;
        if (waitMs === 0 && !chain) write(piece);
        else {
          const late: Promise<void> = Promise.all([chain, setTimeout(waitMs)]).then(() => {
            write(piece);
            if (chain === late) chain = undefined;
          });
          chain = late;
        }
      }
    });
  };
  const server = createServer((near) => {
    const where = target();
    if (!where) {
      near.destroy();
      return;
    }
    const far = connect(where);
    const pair = { near, far };
    pairs.add(pair);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.setNoDelay();
      socket.on("error", () => undefined);
      socket.on("close", () => {
        pairs.delete(pair);
        other.destroy();
      });
    }
    pass(near, far);
    pass(far, near, options.redis ? new RespFrames() : undefined);
    if (isFrozen) hold(pair);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const each = (act: (pair: Pair) => void) => {
    for (const pair of [...pairs]) act(pair);
  };
  return {
    port: (server.address() as AddressInfo).port,
    spoiled,
    cut: () => each(({ near, far }) => [near, far].map((socket) => socket.destroy())),
    reset: () => each(({ near, far }) => [near, far].map((socket) => socket.resetAndDestroy())),
    freeze: () => {
      isFrozen = true;
      each(hold);
    },
    thaw: () => {
      isFrozen = false;
      each(({ near, far }) => [near, far].map((socket) => socket.resume()));
    },
    delay: (ms, only = "") => {
      delayMs = ms;
      delayed = only;
    },
    spoil: (how, count) => {
      spoiling[how] += count;
    },
    loseFrom: (text) =>
      new Promise((lost) => {
        losing = { text, lost };
      }),
    close: async () => {
      each(({ near, far }) => [near, far].map((socket) => socket.destroy()));
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function hold({ near, far }: Pair): void {
  near.pause();
  far.pause();
}
