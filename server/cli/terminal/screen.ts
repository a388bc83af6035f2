/** What a terminal shows: the list of issuances and vouchers, the chosen one's story, and the keys. */
import { formatAmount } from "@tallystick/protocol";
import widthOf from "fast-string-width";
import colors from "picocolors";
import { alignColumns } from "../align.ts";
import { plain } from "../plain.ts";
import type { Entry, LogLine, Tone } from "./entry.ts";
import type { ShownQuestion } from "./questions.ts";
import { left, when } from "./time.ts";

export interface View {
  party: string;
  url: string;
  connected: boolean;
  entries: readonly Entry[];
  chosen: Entry | undefined;
  question: ShownQuestion | undefined;
  /** What the person has to know besides; the last lines at the foot. */
  notices: readonly string[];
  /** Keys that are there besides those of the chosen entry. */
  keys: readonly { key: string; label: string }[];
  /** Milliseconds since the epoch. */
  now: number;
}

export interface Size {
  columns: number;
  rows: number;
}

const TONES: { readonly [T in Tone]: (text: string) => string } = {
  own: (text) => text,
  other: colors.cyan,
  good: colors.green,
  bad: colors.yellow,
};

/** The whole screen, a line each, none wider than the terminal. */
export function renderScreen(view: View, size: Size): string[] {
  const rule = colors.dim("─".repeat(size.columns));
  const foot = renderFoot(view, size.columns);
  const list = renderList(view, Math.max(3, Math.floor((size.rows - foot.length) / 3)), size.columns);
  const head = [renderTitle(view, size.columns), rule, ...list, rule];
  const room = Math.max(0, size.rows - head.length - foot.length - 1);
  const story = renderStory(view, { ...size, rows: room });
  while (story.length < room) story.push("");
  return [...head, ...story, rule, ...foot].slice(0, size.rows);
}

function renderTitle({ party, url, connected }: View, columns: number): string {
  const left = `Tallystick  ${party} at ${plain(url)}`;
  const right = connected ? "● connected" : "○ connecting …";
  const gap = " ".repeat(Math.max(2, columns - widthOf(left) - widthOf(right)));
  const text = fit(`${left}${gap}${right}`, columns);
  return connected ? colors.bold(text) : colors.yellow(text);
}

/** Below so many columns the list says what is needed alone. */
const NARROW = 60;

/** The entries around the chosen one; those that wait for this party are marked. */
function renderList({ entries, chosen, now }: View, rows: number, columns: number): string[] {
  if (entries.length === 0)
    return wrap("Nothing is open: ask a payer with r, or wait for a request.", columns).map((line) =>
      colors.dim(line),
    );
  const place = chosen ? entries.indexOf(chosen) : 0;
  const first = Math.max(0, Math.min(place - Math.floor(rows / 2), entries.length - rows));
  const shown = entries.slice(first, first + rows);
  const isNarrow = columns < NARROW;
  const cells = shown.map((entry, index) => {
    const { roles, other, snapshot } = entry;
    const mark = entry === chosen ? "▸" : " ";
    const role = isNarrow ? roles.map(initial).join("") : roles.join("+");
    const amount = formatAmount(snapshot.amount, snapshot.currency);
    const sum = isNarrow ? [amount] : [snapshot.currency, amount];
    return [mark, String(first + index + 1), role, other, ...sum, snapshot.state, waitText(entry, now)];
  });
  return alignColumns(cells, { right: [1, isNarrow ? 4 : 5] }).map((line, index) => {
    const entry = shown[index];
    const text = fit(line, columns);
    if (entry?.waiting?.forMe) return colors.bold(text);
    return entry?.ended ? colors.dim(text) : text;
  });
}

function initial(role: string): string {
  return role.charAt(0).toUpperCase();
}

function waitText(entry: Entry, now: number): string {
  const { waiting, rest } = entry;
  if (!waiting) return "";
  const until = waiting.until === undefined ? "" : `, ${left(waiting.until - now)} left`;
  if (waiting.forMe) return `waits for you${until}`;
  return rest === "" ? `waits${until}` : rest;
}

/** What happened to the chosen one, the newest last. */
function renderStory({ chosen, now }: View, { columns, rows }: Size): string[] {
  if (!chosen) return [];
  const [title = "", ...more] = chosen.heads(now);
  const heads = [
    colors.bold(fit(title, columns)),
    ...more.flatMap((line) => wrap(line, columns)).map((line) => colors.dim(line)),
    "",
  ];
  const lines = chosen.lines.flatMap((line) => renderLine(line, columns, now));
  if (chosen.pending) lines.push(colors.dim(`${" ".repeat(CLOCK)}${chosen.pending} …`));
  const room = Math.max(0, rows - heads.length);
  return [...heads, ...(room > 0 ? lines.slice(-room) : [])].slice(0, rows);
}

const CLOCK = 11;

function renderLine({ at, text, tone }: LogLine, columns: number, now: number): string[] {
  return wrap(plain(text), Math.max(20, columns - CLOCK)).map((part, index) => {
    const margin = index === 0 ? colors.dim(when(at, now).padEnd(CLOCK)) : " ".repeat(CLOCK);
    return margin + TONES[tone](part);
  });
}

function renderFoot({ chosen, question, notices, keys }: View, columns: number): string[] {
  const said = notices.flatMap((notice) => wrap(plain(notice), columns)).map((line) => colors.yellow(line));
  if (question) {
    return [
      ...said,
      fit(question.title, columns),
      renderTyped(question, columns),
      question.error === ""
        ? colors.dim("Enter goes on, Esc goes back")
        : colors.red(fit(question.error, columns)),
    ];
  }
  const named = (list: readonly { key: string; label: string }[]) =>
    wrap(list.map(({ key, label }) => `[${key}] ${label}`.replaceAll(" ", "\u00a0")).join("   "), columns);
  const own = chosen ? named(chosen.actions) : [];
  return [...said, ...own.map((line) => colors.bold(line)), ...named(keys).map((line) => colors.dim(line))];
}

/** The line that is typed on. When it is too long, what is before the cursor counts. */
function renderTyped({ message, typed, cursor }: ShownQuestion, columns: number): string {
  const label = `› ${message}: `;
  const room = Math.max(8, columns - widthOf(label) - 1);
  let before = typed.slice(0, cursor);
  while (widthOf(before) >= room) before = before.slice(1);
  const after = typed.slice(cursor + 1);
  const rest = widthOf(after) + widthOf(before) < room ? after : "";
  return `${colors.cyan(label)}${before}${INVERSE}${typed.charAt(cursor) || " "}${UPRIGHT}${rest}`;
}
// The cursor shows where there are no colours too.
const INVERSE = "\u001b[7m";
const UPRIGHT = "\u001b[27m";

/** A text cut off where the line ends, in columns of the terminal. */
export function fit(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = "";
  for (const { segment } of GRAPHEMES.segment(text)) {
    if (widthOf(kept + segment) > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** A text in lines, broken between words; a word longer than the line is cut. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (widthOf(longer) <= columns) line = longer;
    else {
      if (line !== "") lines.push(line);
      line = fit(word, columns);
    }
  }
  if (line !== "") lines.push(line);
  return lines;
}
