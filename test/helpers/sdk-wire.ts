/**
 * A line between terminals and a hub that a test can spoil: lose or repeat single messages, fall silent, or
 * break. It passes WebSocket messages on, in which Socket.IO's packets can be told apart.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";

/** Chooses messages by their text, such as `42["issuance:event",…]`, and by whither they go. */
export type Choice = (text: string, to: "hub" | "terminal") => boolean;

export interface Wire {
  readonly url: string;
  /** Every message, lost ones among them. */
  readonly messages: { to: "hub" | "terminal"; text: string }[];
  /** Loses the next messages that are chosen, `times` of them; resolves when they are lost. */
  lose(choice: Choice, times?: number): Promise<void>;
  /** Passes the next chosen message on twice. */
  repeat(choice: Choice): Promise<void>;
  /**
   * Holds the next message to a terminal that is `held` back until one that is `until` comes. Then both go out
   * in one piece, so that the terminal reads them at once; `reversed` puts the later one first.
   */
  gather(held: Choice, until: Choice, order?: "kept" | "reversed"): Promise<void>;
  /** Says something to the terminals that the hub did not say. */
  say(text: string): void;
  /** By how much the hub's clock, as it tells it with `session:ready`, is ahead, milliseconds. */
  clockAheadMs: number;
  /** Breaks all connections. New ones may come. */
  cut(): void;
  /** Keeps silent: nothing comes through, and no end is told, until `resume`. New connections work. */
  freeze(): void;
  /** Lets no new connection through until `open`. */
  shut(): void;
  open(): void;
  close(): Promise<void>;
}

interface Spoiling {
  choice: Choice;
  times: number;
  copies: 0 | 2;
  done: () => void;
}

interface Gathering {
  held: Choice;
  until: Choice;
  reversed: boolean;
  text?: string;
  done: () => void;
}

/**
 * Starts a wire to a hub. Whoever starts it closes it.
 *
 * @param path where the hub is mounted, as behind a proxy that takes the path away: all else is refused.
 */
export async function startWire(hubUrl: string, path = ""): Promise<Wire> {
  const target = hubUrl.replace(/^http/, "ws");
  const messages: Wire["messages"] = [];
  const spoilings = new Set<Spoiling>();
  const gatherings = new Set<Gathering>();
  const pairs = new Set<{ sockets: [WebSocket, WebSocket]; frozen: boolean }>();
  let isShut = false;
  const state = { clockAheadMs: 0 };
  const http = createServer();
  const server = new WebSocketServer({ noServer: true });

  const copiesOf = (text: string, to: "hub" | "terminal"): number => {
    for (const spoiling of spoilings) {
      if (!spoiling.choice(text, to)) continue;
      spoiling.times -= 1;
      if (spoiling.times === 0) {
        spoilings.delete(spoiling);
        spoiling.done();
      }
      return spoiling.copies;
    }
    return 1;
  };
  /** What goes out when a message comes: nothing, the message, or the one that was held back as well. */
  const gathered = (text: string): string[] => {
    for (const gathering of gatherings) {
      const { text: held, reversed } = gathering;
      if (held === undefined) {
        if (!gathering.held(text, "terminal")) continue;
        gathering.text = text;
        return [];
      }
      if (!gathering.until(text, "terminal")) continue;
      gatherings.delete(gathering);
      gathering.done();
      return reversed ? [text, held] : [held, text];
    }
    return [text];
  };
  const spoil = (choice: Choice, times: number, copies: 0 | 2) =>
    new Promise<void>((done) => spoilings.add({ choice, times, copies, done }));

  http.on("upgrade", (request, socket, head) => {
    const { url: asked = "" } = request;
    if (isShut || !asked.startsWith(`${path}/`)) {
      socket.destroy();
      return;
    }
    server.handleUpgrade(request, socket, head, (near) => {
      const far = new WebSocket(`${target}${asked.slice(path.length)}`);
      const pair = { sockets: [near, far] as [WebSocket, WebSocket], frozen: false };
      const waiting: string[] = [];
      const pass = (from: WebSocket, to: WebSocket, whither: "hub" | "terminal") => {
        from.on("message", (data) => {
          const text = aheadOf(String(data), state.clockAheadMs);
          messages.push({ to: whither, text });
          if (pair.frozen) return;
          // What is written while the stream is corked reaches the other end in one piece.
          socket.cork();
          for (const one of whither === "terminal" ? gathered(text) : [text]) {
            for (let copies = copiesOf(one, whither); copies > 0; copies -= 1) {
              if (to.readyState === WebSocket.CONNECTING) waiting.push(one);
              else if (to.readyState === WebSocket.OPEN) to.send(one);
            }
          }
          socket.uncork();
        });
        from.on("error", () => undefined);
        from.on("close", () => {
          pairs.delete(pair);
          if (!pair.frozen) to.terminate();
        });
      };
      pairs.add(pair);
      pass(near, far, "hub");
      pass(far, near, "terminal");
      far.once("open", () => {
        for (const text of waiting.splice(0)) far.send(text);
      });
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const { sockets } of [...pairs]) for (const socket of sockets) socket.terminate();
  };
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}${path}`,
    messages,
    lose: (choice, times = 1) => spoil(choice, times, 0),
    repeat: (choice) => spoil(choice, 1, 2),
    gather: (held, until, order = "kept") =>
      new Promise((done) => gatherings.add({ held, until, reversed: order === "reversed", done })),
    say: (text) => {
      for (const { sockets } of pairs) sockets[0].send(text);
    },
    get clockAheadMs() {
      return state.clockAheadMs;
    },
    set clockAheadMs(aheadMs) {
      state.clockAheadMs = aheadMs;
    },
    cut,
    freeze: () => {
      for (const pair of pairs) pair.frozen = true;
    },
    shut: () => {
      isShut = true;
    },
    open: () => {
      isShut = false;
    },
    close: async () => {
      cut();
      server.close();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

/** The hub's clock, where a message tells it, and some time. */
function aheadOf(text: string, aheadMs: number): string {
  if (aheadMs === 0) return text;
  return text.replace(/"serverTime":(\d+)/, (_, time) => `"serverTime":${Number(time) + aheadMs}`);
}

/** Chooses a command on its way to the hub. */
export function commandNamed(name: string): Choice {
  return (text, to) => to === "hub" && text.includes(`["${name}"`);
}

/** The payloads of the commands of a name that terminals have sent so far. */
export function sent(wire: Wire, name: string): { commandId: string }[] {
  return wire.messages
    .filter(({ text, to }) => commandNamed(name)(text, to))
    .map(({ text }) => JSON.parse(text.slice(text.indexOf("[")))[1]);
}

/** Chooses an event of a type on its way to the terminal. */
export function eventOfType(type: string): Choice {
  return (text, to) => to === "terminal" && text.startsWith('42["issuance:event"') && text.includes(type);
}

/** Chooses the acknowledgement of a command that caused an event of a type. */
export function acknowledgementOf(type: string): Choice {
  return (text, to) => to === "terminal" && /^43\d/.test(text) && text.includes(`"type":"${type}"`);
}
