/**
 * An operator's decision: sent to the hub that runs, since it tells all parties of it at once and pays what is to be
 * paid; where none runs it is made here, in the book.
 */
import { type ErrorCode, Problem } from "@tallystick/protocol";
import type { Command } from "commander";
import type { AsksArchive } from "../archive/archive.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { findHub } from "./find-hub.ts";
import { signToken } from "./token.ts";
import { defaultUrl } from "./welcome.ts";
import { withLedger } from "./with-ledger.ts";

const ANSWER_MS = 10_000;
const TOKEN_SECONDS = 60;
/** With these answers a hub that was only guessed is another book's, or has nothing of that id. */
const NOT_OURS: readonly number[] = [401, 403, 404];
const UNKNOWN = "nobody knows whether it was decided; the same decision may be sent again";

/** What can be decided, both ways. */
export interface Decision<T> {
  /** The hub's route, and the body that it takes. */
  path: string;
  body: object;
  /** Reads its answer when it is done. */
  read: (answer: unknown) => T;
  /** The same in the book. */
  inBook: (ledger: Ledger, archive: AsksArchive) => Promise<Decided<T>>;
}

/** What a decision came to. */
export type Decided<T> = { kind: "done"; value: T } | DecisionRefused;

export interface DecisionRefused {
  kind: "refused";
  code: ErrorCode;
  details?: Record<string, unknown> | undefined;
}

export interface DecideOptions {
  /** The hub, when it is named; otherwise one may be on this machine, at PORT. */
  url?: string | undefined;
  /** An operator's token, when the hub's secret is not at hand. */
  token?: string | undefined;
}

/** Adds the options of a command that decides. */
export function withHubOptions(command: Command): Command {
  return command
    .option("--url <url>", "the hub that decides and tells all parties (default: this machine, at PORT)")
    .option("--token <token>", "an operator's token; otherwise one is signed with the hub's own secret");
}

/** @throws Error when a hub that was named can't be had, or nobody knows what became of the decision. */
export async function decide<T>(decision: Decision<T>, options: DecideOptions): Promise<Decided<T>> {
  const answer = await askHub(decision, options);
  if (answer.kind !== "no_hub") return answer;
  console.error(`${answer.why}: decided in the book; terminals hear of it when they next sync.`);
  return withLedger((ledger, _settings, archive) => decision.inBook(ledger, archive), { writes: true });
}

/** The hub's answer; or why there is none that could decide. */
async function askHub<T>(
  { path, body, read }: Decision<T>,
  options: DecideOptions,
): Promise<Decided<T> | { kind: "no_hub"; why: string }> {
  const isNamed = options.url !== undefined;
  const url = options.url ?? defaultUrl(process.env);
  const without = (why: string): { kind: "no_hub"; why: string } => {
    if (isNamed) throw new Error(why);
    return { kind: "no_hub", why };
  };
  let token: string;
  try {
    await findHub(url);
    token =
      options.token ?? (await signToken({ party: "operator", operator: true, ttlSeconds: TOKEN_SECONDS }));
  } catch (error) {
    return without(error instanceof Error ? error.message : String(error));
  }
  const { status, answer } = await post(new URL(path, url), { token, body });
  if (status === 200) return { kind: "done", value: read(answer) };
  const problem = Problem.safeParse(answer).data;
  // Whatever else may listen at a port that was only guessed.
  if (!problem && status < 500) return without(`what listens at ${url} is no hub`);
  if (!problem) throw new Error(`${url} answers ${status}: ${UNKNOWN}`);
  const { code, detail, details } = problem;
  if (NOT_OURS.includes(status) && !isNamed) return without(`the hub at ${url} answers ${code}`);
  if (ANSWERS.has(code)) return { kind: "refused", code, details };
  throw new Error(`the hub at ${url} answers ${code}: ${detail}`);
}

/** Refusals that are about what was decided, and that the command explains; any other is about the asking. */
const ANSWERS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "not_found",
  "wrong_state",
  "conflict",
  "rolled_back",
]);

async function post(url: URL, { token, body }: { token: string; body: object }) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const text = await response.text();
    return { status: response.status, answer: readJson(text) };
  } catch (error) {
    throw new Error(`the hub at ${url.origin} does not answer: ${UNKNOWN}`, { cause: error });
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
