/** Accounts from a CSV over HTTP: the file is the body, and what comes of it is told while it goes on. */
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transform, type TransformCallback } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ImportLine, ImportQuery, MOST_IMPORTED_BYTES, MOST_REPORTED } from "@tallystick/protocol";
import type { Request, Response } from "express";
import { type ImportedBook, ImportStopped, importAccounts } from "../import/import-accounts.ts";
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
  const folder = await mkdtemp(join(tmpdir(), "tallystick-import-"));
  const file = join(folder, "accounts.csv");
  try {
    const size = new SizeLimit(MOST_IMPORTED_BYTES);
    await pipeline(request, size, createWriteStream(file, { mode: 0o600 }));
    if (size.isExceeded) throw new TooLargeError();
    response.type("application/x-ndjson");
    const tell = (line: ImportLine) => void response.write(`${JSON.stringify(line)}\n`);
    let told = 0;
    const onProgress = (progress: number) => {
      if (progress - told < 0.01) return;
      told = progress;
      tell({ progress });
    };
    tell({ result: await importAccounts(accounts, file, { ...optionsOf(query), onProgress }) });
    response.end();
  } catch (error) {
    // Whoever has left before the whole file was here is told nothing, and it is no fault of the hub's.
    if (!response.destroyed) endWith(error, file, response);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const optionsOf = ({ encoding, dryRun, allOrNothing }: ImportQuery) => ({
  encoding,
  dryRun: dryRun === "yes",
  allOrNothing: allOrNothing === "yes",
  mostReported: MOST_REPORTED,
});

/** What the file as a whole is refused for, or the store has stopped it with, is a line as well once some were told. */
function endWith(error: unknown, file: string, response: Response): void {
  const isOurs =
    error instanceof UnreadableFile || error instanceof ImportStopped || error instanceof TooLargeError;
  if (!isOurs) throw error;
  const failure = error.message.replaceAll(`${file}: `, "");
  const line: ImportLine = {
    failure,
    ...(error instanceof ImportStopped && { result: error.result }),
  };
  response.end(`${JSON.stringify(line)}\n`);
}

class TooLargeError extends Error {
  constructor() {
    super(`It is larger than ${MOST_IMPORTED_BYTES} bytes; load it with the command line.`);
  }
}

/** Passes on so many bytes and drops the rest: a connection that is closed while somebody sends loses the answer. */
class SizeLimit extends Transform {
  readonly #most: number;
  #bytes = 0;

  constructor(most: number) {
    super();
    this.#most = most;
  }

  get isExceeded(): boolean {
    return this.#bytes > this.#most;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#bytes += chunk.length;
    if (this.isExceeded) done();
    else done(null, chunk);
  }
}
