/** Accounts from a CSV over HTTP: the file is the body, and what comes of it is told while it goes on. */
import { ImportLine, ImportQuery, MOST_IMPORTED_BYTES, MOST_REPORTED } from "@tallystick/protocol";
import type { Request, Response } from "express";
import { type ImportedBook, ImportStopped, importInput } from "../import/import-accounts.ts";
import { Input } from "../import/input.ts";
import { UnreadableFile } from "../import/unreadable-file.ts";
import type { AccountBook } from "../ledger/confirmed-accounts.ts";
import { freshWriteId } from "../ledger/write-ids.ts";
import { identityOf } from "./authorise.ts";
import { sendProblem } from "./problem.ts";
import { routesOf } from "./route.ts";

/** How many imports one hub makes at once. */
const AT_ONCE = 2;

const route = routesOf<{ accounts: AccountBook }>();
let underWay = 0;

export const IMPORT_ROUTES = [
  route({
    method: "POST",
    path: "/v1/accounts/import",
    who: "operator",
    part: "operator:accounts",
    summary:
      "Loads accounts from CSV. Good rows are kept, bad ones reported; sent again, the file sets the same once more.",
    query: ImportQuery,
    takes: ["text/csv"],
    answers: {
      200: {
        what: "A line of JSON for each progress, and one at the end with what came of it.",
        type: "application/x-ndjson",
        schema: ImportLine,
      },
    },
    refusals: ["rate_limited"],
    handle: async ({ accounts }, { query }, { request, response }) => {
      if (underWay >= AT_ONCE) {
        const message = "This hub imports as many files as it may at once; send it again in a moment.";
        return sendProblem(response, { code: "rate_limited", message });
      }
      underWay += 1;
      const author = identityOf(response).party;
      await importBody(writtenBy(author, accounts), query, request, response).finally(() => {
        underWay -= 1;
      });
    },
  }),
];

/** Each row is a write of its own, of which the journal says who did it. */
function writtenBy(author: string, accounts: AccountBook): ImportedBook {
  return {
    get: (name) => accounts.get(name),
    put: (name, body) => accounts.put(name, body, { writeId: freshWriteId(author) }),
  };
}

async function importBody(
  accounts: ImportedBook,
  query: ImportQuery,
  request: Request,
  response: Response,
): Promise<void> {
  let input: Input | undefined;
  try {
    input = await Input.copy(upTo(MOST_IMPORTED_BYTES, request));
    if (input.size > MOST_IMPORTED_BYTES) throw new TooLargeError();
    response.type("application/x-ndjson");
    const tell = (line: ImportLine) => void response.write(`${JSON.stringify(line)}\n`);
    let told = 0;
    const onProgress = (progress: number) => {
      if (progress - told < 0.01) return;
      told = progress;
      tell({ progress });
    };
    tell({ result: await importInput(accounts, input, { ...optionsOf(query), onProgress }) });
    response.end();
  } catch (error) {
    // Whoever has left before the whole file was here is told nothing, and it is no fault of the hub's.
    if (!response.destroyed) endWith(error, response);
  } finally {
    await input?.close();
  }
}

const optionsOf = ({ encoding, dryRun, allOrNothing }: ImportQuery) => ({
  encoding,
  dryRun: dryRun === "yes",
  allOrNothing: allOrNothing === "yes",
  mostReported: MOST_REPORTED,
});

/** What the file as a whole is refused for, or the store has stopped it with, is a line as well once some were told. */
function endWith(error: unknown, response: Response): void {
  const isOurs =
    error instanceof UnreadableFile || error instanceof ImportStopped || error instanceof TooLargeError;
  if (!isOurs) throw error;
  const line: ImportLine = {
    failure: error.message,
    ...(error instanceof ImportStopped && { result: error.result }),
  };
  response.end(`${JSON.stringify(line)}\n`);
}

class TooLargeError extends Error {
  constructor() {
    super(`It is larger than ${MOST_IMPORTED_BYTES} bytes; load it with the command line.`);
  }
}

/**
 * Passes on so many bytes and one more, by which it shows, and reads and drops the rest: a connection that is closed
 * while somebody sends loses the answer.
 */
async function* upTo(most: number, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let room = most + 1;
  for await (const chunk of source) {
    if (room > 0) yield chunk.subarray(0, room);
    room -= chunk.length;
  }
}
