/** A line over the last quarter of an hour, drawn with uPlot in the page's own colours. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { clock } from "../../words/format.ts";
import { isDark } from "../page-tools.tsx";

export interface ChartProps {
  /** What it shows, in a sentence, for whoever can't see it. */
  label: string;
  /** Seconds since the epoch. */
  times: readonly number[];
  lines: readonly (readonly (number | null)[])[];
}

const HEIGHT = 170;

function optionsFor(width: number, count: number): uPlot.Options {
  const styles = getComputedStyle(document.documentElement);
  const colour = (name: string) => styles.getPropertyValue(name).trim();
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke: colour("--ink-3"), font, ticks: { show: false } };
  const grid = { stroke: colour("--line"), width: 1 };
  const looks: uPlot.Series[] = [
    { stroke: colour("--ink"), width: 1.75 },
    { stroke: colour("--ink-2"), width: 1.5, dash: [4, 3] },
  ];
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, (most ?? 0) * 1.15)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 26,
        space: 110,
        // Marks that are closer than a minute have their seconds.
        values: (_plot, splits, _axis, _space, seconds) =>
          splits.map((at) => clock(at * 1000).slice(0, seconds < 60 ? 8 : 5)),
      },
      { ...axis, grid, side: 1, size: 44, space: 36 },
    ],
    series: [{}, ...looks.slice(0, count).map((look) => ({ ...look, points: { show: false } }))],
  };
}

export function Chart({ label, times, lines }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const data = [times, ...lines] as unknown as uPlot.AlignedData;
  const dark = isDark.value;
  useEffect(() => {
    const element = place.current as HTMLDivElement;
    const made = new uPlot(optionsFor(element.clientWidth, lines.length), data, element);
    plot.current = made;
    const watch = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
    };
  }, [dark]);
  useEffect(() => plot.current?.setData(data), [times, lines]);
  return <div class="chart" role="img" aria-label={label} ref={place} />;
}

/** @example round(4.26) // "4.3" */
export const round = (number: number) => (number >= 100 ? String(Math.round(number)) : number.toFixed(1));
