/** A person at the terminal app, with a keyboard and a screen, but without a window around it. */
import { stripVTControlCharacters } from "node:util";
import { connect } from "@tallystick/client";
import widthOf from "fast-string-width";
import * as assert from "uvu/assert";
import { TerminalApp } from "../../server/cli/terminal/app.ts";
import { renderScreen } from "../../server/cli/terminal/screen.ts";
import type { TestHub } from "../helpers/hub.ts";

const PATIENCE_MS = 60_000;
const ROWS = 30;

export interface Person {
  readonly app: TerminalApp;
  /** How often the bell has rung. */
  readonly bells: number;
  /** Presses keys, one for each letter. */
  press(keys: string): void;
  /** Answers a question, in the place of what stands there already. */
  answer(question: string, text?: string): Promise<void>;
  screen(columns?: number, now?: number): string;
  /** The screen, as soon as it shows this. */
  sees(what: string | RegExp): Promise<string>;
  leave(): Promise<void>;
}

/** Sits down at a terminal of a party. */
export async function sitDown(hub: TestHub, party: string): Promise<Person> {
  const terminal = await connect(hub.url, { token: await hub.token(party) });
  let bells = 0;
  const app = new TerminalApp({
    terminal,
    url: hub.url,
    changed: () => undefined,
    attention: () => {
      bells += 1;
    },
  });
  app.start();
  const press = (text: string, name = text, ctrl = false) =>
    app.press(ctrl ? undefined : text, { name, ctrl, meta: false, shift: false, sequence: text });
  const screen = (columns = 80, now = Date.now()) => {
    const lines = renderScreen(app.view(now), { columns, rows: ROWS }).map(stripVTControlCharacters);
    for (const line of lines) assert.ok(widthOf(line) <= columns, `${line} is wider than ${columns}`);
    // Labels are not broken between words.
    return lines.join("\n").replaceAll("\u00a0", " ");
  };
  const sees = async (what: string | RegExp) => {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const shown = screen();
      if (typeof what === "string" ? shown.includes(what) : what.test(shown)) return shown;
      if (performance.now() > until) throw new Error(`${party} does not see ${what}:\n${shown}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return {
    app,
    get bells() {
      return bells;
    },
    press: (keys) => {
      for (const key of keys) press(key);
    },
    answer: async (question, text) => {
      await sees(`› ${question}`);
      if (text !== undefined) {
        press("\u0015", "u", true);
        for (const letter of text) press(letter);
      }
      press("\r", "return");
    },
    screen,
    sees,
    leave: () => terminal.close(),
  };
}
