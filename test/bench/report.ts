/** The one table that the benchmarks print. */
import { alignColumns } from "../../server/cli/align.ts";

/** One comparison: `values` and `against` were measured in turn, pair by pair. */
export interface Row {
  what: string;
  unit: string;
  values: number[];
  against?: { what: string; values: number[] };
  /** What the ratio, or without a comparison the value, must not exceed. */
  budget?: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? Number.NaN, sorted[Math.floor(middle)] ?? Number.NaN];
  return (low + high) / 2;
}

/** The ratio of each pair. */
export function ratios(row: Row): number[] {
  return row.against
    ? row.values.map((value, index) => value / (row.against?.values[index] ?? Number.NaN))
    : [];
}

function written(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}

/** The table, a line a row: medians, and the ratios' median with the smallest and largest. */
export function table(rows: readonly Row[]): string[] {
  const header = ["what", "median", "against", "median", "ratio (min - max)", "budget", ""];
  const lines = rows.map((row) => {
    const all = ratios(row);
    const ratio = median(all);
    const judged = row.against ? ratio : median(row.values);
    return [
      row.what,
      `${written(median(row.values))} ${row.unit}`,
      row.against?.what ?? "",
      row.against ? `${written(median(row.against.values))} ${row.unit}` : "",
      row.against
        ? `${ratio.toFixed(2)} (${Math.min(...all).toFixed(2)} - ${Math.max(...all).toFixed(2)})`
        : "",
      row.budget === undefined ? "" : `<= ${row.budget}`,
      row.budget === undefined ? "" : judged <= row.budget ? "kept" : "MISSED",
    ];
  });
  return alignColumns([header, ...lines], { right: [1, 3, 4, 5] });
}
