/** `tallystick terminal`: wires the app to the person's screen and keyboard. */
import { emitKeypressEvents, type Interface, type Key } from "node:readline";
import { connect, isTallystickError, type Terminal } from "@tallystick/client";
import { findHub } from "./find-hub.ts";
import { TerminalApp } from "./terminal/app.ts";
import { renderScreen } from "./terminal/screen.ts";
import { signToken } from "./token.ts";

const CONNECT_MS = 10_000;
const TOKEN_SECONDS = 12 * 3600;
/** The screen's clocks run. */
const TICK_MS = 1000;

const ENTER_SCREEN = "\u001b[?1049h\u001b[?25l";
const LEAVE_SCREEN = "\u001b[?25h\u001b[?1049l";

/**
 * Runs until the person leaves.
 *
 * @throws Error when standard input is no terminal, or no hub can be had.
 */
export async function runTerminal(options: { party: string; url: string; token?: string }): Promise<void> {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) {
    throw new Error("this is for a person at a terminal; programs use the client SDK, @tallystick/client");
  }
  const terminal = await connectTo(options);
  let drawing: NodeJS.Immediate | undefined;
  const app = new TerminalApp({
    terminal,
    url: options.url,
    changed: () => {
      drawing ??= setImmediate(draw);
    },
    attention: () => stdout.write("\u0007"),
  });
  const draw = () => {
    drawing = undefined;
    // A screen that tells no size is taken for the usual one.
    const size = { columns: stdout.columns || 80, rows: stdout.rows || 24 };
    const lines = renderScreen(app.view(Date.now()), size);
    stdout.write(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join("\r\n")}\u001b[J`);
  };
  const clock = setInterval(draw, TICK_MS);
  const release = takeScreen(app, draw);
  app.start();
  try {
    await app.finished;
  } finally {
    clearInterval(clock);
    clearImmediate(drawing);
    release();
    await terminal.close();
  }
  for (const voucher of app.vouchers) console.log(`issued: ${voucher}`);
}

/** Keys and screen are the app's, until they are given back, in whatever way the process ends. */
function takeScreen(app: TerminalApp, draw: () => void): () => void {
  const { stdin, stdout } = process;
  const restore = () => {
    stdin.setRawMode(false);
    stdout.write(LEAVE_SCREEN);
  };
  const press = (text: string | undefined, key: Key) => app.press(text, key);
  const end = () => process.exit(1);
  process.once("exit", restore);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.once(signal, end);
  // Only the time is read from there: how long a lone Escape may be the start of something longer.
  emitKeypressEvents(stdin, { escapeCodeTimeout: 50 } as unknown as Interface);
  stdin.on("keypress", press);
  stdin.setRawMode(true);
  stdin.resume();
  stdout.write(ENTER_SCREEN);
  stdout.on("resize", draw);
  draw();
  return () => {
    process.off("exit", restore);
    stdin.off("keypress", press);
    stdout.off("resize", draw);
    stdin.pause();
    restore();
  };
}

async function connectTo({
  party,
  url,
  token,
}: {
  party: string;
  url: string;
  token?: string;
}): Promise<Terminal> {
  // With the hub's own secret at hand the token is made anew with each connection, and never runs out.
  const source = token ?? (() => signToken({ party, ttlSeconds: TOKEN_SECONDS }));
  if (token === undefined) await signToken({ party, ttlSeconds: TOKEN_SECONDS });
  await findHub(url);
  try {
    return await connect(url, { token: source, timeoutMs: CONNECT_MS });
  } catch (error) {
    if (!isTallystickError(error, "unauthenticated")) throw error;
    const advice = token === undefined ? ` ${SAME_SETTINGS}` : "";
    throw new Error(`${url} refuses the token: ${error.message}${advice}`, { cause: error });
  }
}

const SAME_SETTINGS =
  "Run this in the hub's own folder and with the same JWT_SECRET and DATA_DIR, or give a token with --token.";
