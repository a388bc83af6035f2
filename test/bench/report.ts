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
  /** What the ratio must not fall below. */
  atLeast?: number;
  /** Why nothing was measured here; there are no values then. */
  leftOut?: string;
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
  if (value === 0) return "0";
  return value >= 1000 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}

/** The table, a line a row: medians, and the ratios' median with the smallest and largest. */
export function table(rows: readonly Row[]): string[] {
  const header = ["what", "median", "against", "median", "ratio (min - max)", "budget", ""];
  return alignColumns([header, ...rows.map(line)], { right: [1, 3, 4, 5] });
}

function line(row: Row): string[] {
  const limit = limitOf(row);
  if (row.leftOut !== undefined) return [row.what, "", row.against?.what ?? "", "", "", limit, row.leftOut];
  const all = ratios(row);
  return [
    row.what,
    `${written(median(row.values))} ${row.unit}`.trim(),
    row.against?.what ?? "",
    row.against ? `${written(median(row.against.values))} ${row.unit}` : "",
    row.against
      ? `${median(all).toFixed(2)} (${Math.min(...all).toFixed(2)} - ${Math.max(...all).toFixed(2)})`
      : "",
    limit,
    limit === "" ? "" : isKept(row) ? "kept" : "MISSED",
  ];
}

function limitOf({ budget, atLeast }: Row): string {
  if (atLeast !== undefined) return `>= ${atLeast}`;
  return budget === undefined ? "" : `<= ${budget}`;
}

function isKept(row: Row): boolean {
  const judged = median(row.against ? ratios(row) : row.values);
  return judged <= (row.budget ?? Number.POSITIVE_INFINITY) && judged >= (row.atLeast ?? 0);
}

/** A row of one side of what was measured. */
export function rowOf<T>(
  what: string,
  unit: string,
  measured: {
    values: readonly T[];
    against: { what: string; values: readonly T[] };
    of: (value: T) => number;
  },
): Row {
  const { values, against, of } = measured;
  return {
    what,
    unit,
    values: values.map(of),
    against: { what: against.what, values: against.values.map(of) },
  };
}
