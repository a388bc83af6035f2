/** Turns the log's JSON into lines for a person at a terminal. */

import colors from "picocolors";
import type { DestinationStream } from "pino";

const LEVELS: { readonly [level: number]: string } = {
  10: colors.dim("trace"),
  20: colors.dim("debug"),
  30: colors.green("info"),
  40: colors.yellow("warn"),
  50: colors.red("error"),
  60: colors.red("fatal"),
};

export function readableLines(stream: NodeJS.WritableStream): DestinationStream {
  return {
    write(json) {
      const { level, time, msg, err, ...rest } = JSON.parse(json) as Record<string, unknown>;
      const clock = new Date(Number(time)).toISOString().slice(11, 23);
      const fault = err as { stack?: string; message?: string } | undefined;
      const details = Object.keys(rest).length > 0 ? colors.dim(` ${JSON.stringify(rest)}`) : "";
      stream.write(`${colors.dim(clock)} ${LEVELS[Number(level)] ?? level} ${msg ?? ""}${details}\n`);
      if (fault) stream.write(`${fault.stack ?? fault.message}\n`);
    },
  };
}
