/**
 * The voucher's upper edge: a tally, split in two, whose notches are the digits of the amount, wide for the great ones.
 * The hub keeps the foil; the document is the longer stock.
 */
import { formatAmount } from "@tallystick/protocol/money";
import { words } from "../words/languages.ts";

const WIDTH = 680;
/** The foil begins further in: the stock is the longer half. */
const FOIL_FROM = 20;
const MARGIN = 26;
/** More digits than these would be too narrow to be seen. */
const MOST = 9;
/** How wide a notch is, from the first digit on. */
const NOTCHES = [30, 23, 16, 13, 11, 9, 8, 6.5, 6];
const BETWEEN = 3.5;

interface Cut {
  digit: string;
  /** Where its notches begin, and how wide each is. */
  at: number;
  notch: number;
  width: number;
}

/** The digits from the first that is not zero, nine at the most, laid out over the stick. */
function cutsOf(digits: string): Cut[] {
  const shown = [...digits.replace(/^0+/, "").slice(0, MOST)];
  const widths = shown.map((digit, index) => {
    const notch = NOTCHES[index] ?? 6;
    return {
      digit,
      notch,
      width: Math.max(1, Number(digit)) * notch + Math.max(0, Number(digit) - 1) * BETWEEN,
    };
  });
  const room = WIDTH - 2 * MARGIN;
  const taken = widths.reduce((sum, { width }) => sum + width, 0);
  const scale = Math.min(1, (room - 12 * (shown.length - 1)) / taken);
  const gap = shown.length > 1 ? (room - taken * scale) / (shown.length - 1) : 0;
  let at = MARGIN;
  return widths.map(({ digit, notch, width }) => {
    const cut = { digit, at, notch: notch * scale, width: width * scale };
    at += width * scale + gap;
    return cut;
  });
}

/** The outline of a half, notched from its outer side. */
function halfOf(cuts: readonly Cut[], from: number, edge: number, depth: number, inner: number): string {
  const notches = cuts.flatMap(({ digit, at, notch, width }) => {
    const count = Number(digit);
    const step = count > 1 ? (width - notch) / (count - 1) : 0;
    return Array.from({ length: count }, (_, index) => {
      const left = at + index * step;
      return `H${round(left)}l${round(notch / 2)} ${depth}l${round(notch / 2)} ${-depth}`;
    });
  });
  return `M${from} ${edge}${notches.join("")}H${WIDTH}V${inner}H${from}z`;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}

export function Edge({ amount, currency }: { amount: number; currency: string }) {
  const text = formatAmount(amount, currency);
  const cuts = cutsOf(text.replace(/\D/g, ""));
  const point = text.split(".")[0]?.replace(/\D/g, "").replace(/^0+/, "").length ?? 0;
  return (
    <svg class="edge" viewBox="0 0 680 54" role="img" aria-label={words.value.voucher.notches(text)}>
      <path class="foil" d={halfOf(cuts, FOIL_FROM, 0, 10, 15)} />
      <path class="stock" d={halfOf(cuts, 0, 33, -10, 18)} />
      {cuts.map(({ digit, at, width }, index) => (
        <text key={at} x={round(at + width / 2)} y="50">
          {index === point && index > 0 ? `.${digit}` : digit}
        </text>
      ))}
    </svg>
  );
}
