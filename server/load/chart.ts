/** A line chart as SVG, without a library that the page would have to carry. */

export interface Chart {
  title: string;
  /** What the horizontal axis counts. */
  x: string;
  lines: { name: string; points: [x: number, y: number | undefined][] }[];
  /** Where an x stands, when not evenly. */
  place?: (x: number) => number;
  /** Which x are named; otherwise some round ones. */
  ticks?: number[];
  /** A stretch of the horizontal axis that is set off from the rest. */
  shaded?: [from: number, to: number] | undefined;
}

const WIDTH = 480;
const HEIGHT = 220;
const LEFT = 44;
const RIGHT = 10;
const TOP = 8;
const BOTTOM = 34;
const CLASSES = ["a", "b"];

export function lineChart(chart: Chart): string {
  const place = chart.place ?? ((x: number) => x);
  const all = chart.lines.flatMap(({ points }) => points);
  const highestX = Math.max(1e-9, ...all.map(([x]) => place(x)));
  const yTicks = roundTicks(Math.max(...all.map(([, y]) => y ?? 0), 0) || 1, 4);
  const highestY = yTicks.at(-1) as number;
  const atX = (x: number) => LEFT + (place(x) / highestX) * (WIDTH - LEFT - RIGHT);
  const atY = (y: number) => HEIGHT - BOTTOM - (y / highestY) * (HEIGHT - TOP - BOTTOM);
  const xTicks = chart.ticks ?? roundTicks(highestX, 8).filter((tick) => tick <= highestX);
  const grid = yTicks.map(
    (y) =>
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${atY(y)}" y2="${atY(y)}"/><text x="${LEFT - 6}" y="${atY(y) + 4}" text-anchor="end">${short(y)}</text>`,
  );
  const names = xTicks.map(
    (x) => `<text x="${atX(x).toFixed(1)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${x}</text>`,
  );
  const paths = chart.lines.map(
    ({ points }, index) => `<path class="${CLASSES[index] ?? "a"}" d="${path(points, atX, atY)}"/>`,
  );
  const legend = chart.lines.map(
    ({ name }, index) =>
      `<span><svg viewBox="0 0 24 8" aria-hidden="true"><path class="${CLASSES[index] ?? "a"}" d="M0 4h24"/></svg>${name}</span>`,
  );
  const [from, to] = (chart.shaded ?? [0, 0]).map((x) => atX(Math.min(x, highestX))) as [number, number];
  const shade = `<rect class="shade" x="${from.toFixed(1)}" y="${TOP}" width="${(to - from).toFixed(1)}" height="${HEIGHT - TOP - BOTTOM}"/>`;
  const unit = `<text x="${WIDTH - RIGHT}" y="${HEIGHT - 4}" text-anchor="end">${chart.x}</text>`;
  return `<figure><figcaption><b>${chart.title}</b>${legend.join("")}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${chart.title}">${[shade, ...grid, ...names, ...paths].join("")}${unit}</svg></figure>`;
}

/** Where nothing was measured the line is broken. */
function path(
  points: [number, number | undefined][],
  atX: (x: number) => number,
  atY: (y: number) => number,
): string {
  let isDrawing = false;
  return points
    .map(([x, y]) => {
      if (y === undefined) {
        isDrawing = false;
        return "";
      }
      const step = `${isDrawing ? "L" : "M"}${atX(x).toFixed(1)} ${atY(y).toFixed(1)}`;
      isDrawing = true;
      return step;
    })
    .join("");
}

/** From 0 to at least the highest value, in so many steps or fewer of 1, 2 or 5 and zeros. */
function roundTicks(highest: number, steps: number): number[] {
  const rough = highest / steps;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const count = Math.ceil(highest / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

function short(value: number): string {
  if (value >= 1_000_000) return `${value / 1_000_000} M`;
  return value >= 10_000 ? `${value / 1000} k` : String(value);
}
