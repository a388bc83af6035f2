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

/** The first byte of what a server says unasked (RESP3). */
const PUSH = ">".charCodeAt(0);
/** Commands that are answered in that form. */
const SUBSCRIBES = /^\*\d+\r\n\$\d+\r\n[sp]?(un)?subscribe\r\n/i;

interface Pair {
  near: Socket;
  far: Socket;
}

/**
 * Starts a proxy. Whoever starts it closes it.
 *
 * @param target where a new connection goes; undefined refuses it.
 * @param options.redis the target is a Redis server, whose replies are told apart.
 * @param options.answer what the client gets to a command, as it goes over the wire, in place of the server's reply.
 */
export async function startProxy(
  target: () => Target | undefined,
  options: { port?: number; redis?: boolean; answer?: (command: string) => string | undefined } = {},
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
  const pass = (from: Socket, to: Socket, cut?: (chunk: Buffer) => Buffer[]) => {
    let chain: Promise<void> | undefined;
    const write = (chunk: Buffer) => {
      if (!to.destroyed && !to.write(chunk)) from.pause();
    };
    to.on("drain", () => !isFrozen && from.resume());
    from.on("data", (chunk: Buffer) => {
      for (const piece of cut?.(chunk) ?? [chunk]) {
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
  /** Passes commands on as they are, and notes those that get a reply of their own. */
  const noteCommands = (commands: string[]) => {
    const frames = new RespFrames();
    return (chunk: Buffer): Buffer[] => {
      const whole = frames.push(chunk);
      const texts = whole.map((frame) => frame.toString("latin1"));
      commands.push(...texts.filter((text) => !SUBSCRIBES.test(text)));
      return whole;
    };
  };
  const spoilReplies = (commands: string[]) => {
    const frames = new RespFrames();
    let isMute = false;
    const survives = (frame: Buffer): boolean => {
      if (losing && frame.includes(losing.text)) {
        losing.lost();
        losing = undefined;
        isMute = true;
      }
      return !isMute;
    };
    const answerOf = (frame: Buffer): Buffer => {
      // What a server says unasked answers no command.
      const command = options.answer && frame[0] !== PUSH ? commands.shift() : undefined;
      const answer = command === undefined ? undefined : options.answer?.(command);
      return answer === undefined ? frame : Buffer.from(answer, "latin1");
    };
    return (chunk: Buffer): Buffer[] =>
      frames
        .push(chunk)
        .filter(survives)
        .flatMap((frame) => Array<Buffer>(copiesOf(frame)).fill(answerOf(frame)));
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
    const commands: string[] = [];
    pass(near, far, options.answer && noteCommands(commands));
    pass(far, near, options.redis ? spoilReplies(commands) : undefined);
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
