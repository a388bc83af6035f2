/** Sends a file of accounts to a hub, and hears how far it is. */
import { TallystickError } from "./errors.ts";
import type { Calls } from "./operator-calls.ts";
import type { ImportLine, ImportReport } from "./wire.ts";

/** How a file is to be read, and who hears of it. */
export interface ImportOptions {
  /** A name that `TextDecoder` knows, as in `gb18030`; UTF-8, or UTF-16 where the file shows it, without. */
  encoding?: string | undefined;
  /** Checks each row, and keeps none. */
  dryRun?: boolean | undefined;
  /** Keeps none when one is bad. */
  allOrNothing?: boolean | undefined;
  /** Is told how much is done, from 0 to 1. */
  onProgress?: ((done: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** What came of it: a report; `failure` says why the file was not read, or what has stopped it. */
export interface ImportOutcome {
  report?: ImportReport;
  failure?: string;
}

const ACCOUNTS = "/v1/accounts";

/** @internal */
export async function importFile(
  calls: Calls,
  content: string | Blob,
  { encoding, dryRun, allOrNothing, onProgress, signal = new AbortController().signal }: ImportOptions = {},
): Promise<ImportOutcome> {
  const query = {
    encoding,
    dryRun: dryRun ? "yes" : undefined,
    allOrNothing: allOrNothing ? "yes" : undefined,
  };
  const file = { type: "text/csv", content };
  const path = `${ACCOUNTS}/import`;
  let last: ImportLine = {};
  try {
    const response = await calls.stream({ method: "POST", path, query, file }, signal);
    for await (const line of linesOf(response)) {
      last = JSON.parse(line) as ImportLine;
      if (last.progress !== undefined) onProgress?.(last.progress);
    }
  } catch (cause) {
    if (cause instanceof TallystickError) throw cause;
    throw new TallystickError("disconnected", "The line was lost during the import.", { cause });
  }
  const { result, failure } = last;
  if (!result && failure === undefined)
    throw new TallystickError("disconnected", "The line was lost during the import.");
  return { ...(result && { report: result }), ...(failure !== undefined && { failure }) };
}

async function* linesOf(response: Response): AsyncGenerator<string, void> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    const lines = (rest + decoder.decode(value, { stream: !done })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") yield line;
    if (done) return;
  }
}
