/** An operator's decision about a fence, sent to the hub that runs: it tells both sides of it at once. */
import { type ErrorCode, type FenceDecide, MissingClosed, Problem, Snapshot } from "@tallystick/protocol";
import type { Decided } from "../ledger/fences.ts";
import { findHub } from "./find-hub.ts";
import { signToken } from "./token.ts";
import { defaultUrl } from "./welcome.ts";

/** The hub's answer; or why there is none that could decide. */
export type HubDecided = Decided | { kind: "no_hub"; why: string };

const ANSWER_MS = 10_000;
const TOKEN_SECONDS = 60;
/** With these answers a hub that was only guessed is another book's, or has no such issuance. */
const NOT_OURS: readonly number[] = [401, 403, 404];

export interface DecideOptions {
  /** The hub, when it is named; otherwise one may be on this machine, at PORT. */
  url?: string | undefined;
  /** An operator's token, when the hub's secret is not at hand. */
  token?: string | undefined;
}

/** @throws Error when a hub that was named can't be had, or nobody knows what became of the decision. */
export async function decideThroughHub(
  issuanceId: string,
  decide: FenceDecide,
  options: DecideOptions,
): Promise<HubDecided> {
  const isNamed = options.url !== undefined;
  const url = options.url ?? defaultUrl(process.env);
  const without = (why: string): HubDecided => {
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
  const { status, body } = await post(new URL(`/v1/fences/${issuanceId}`, url), { token, decide });
  if (status === 200 && MissingClosed.safeParse(body).success) return { kind: "missing" };
  if (status === 200) return { kind: "done", snapshot: Snapshot.parse(body) };
  const problem = Problem.safeParse(body).data;
  // Whatever else may listen at a port that was only guessed.
  if (!problem && status < 500) return without(`what listens at ${url} is no hub`);
  if (!problem) throw new Error(`${url} answers ${status}: ${UNKNOWN}`);
  const { code, detail, details } = problem;
  if (NOT_OURS.includes(status) && !isNamed) return without(`the hub at ${url} answers ${code}`);
  if (code === "not_found" || code === "wrong_state") return refused(code, details);
  throw new Error(`the hub at ${url} answers ${code}: ${detail}`);
}

const UNKNOWN = "nobody knows whether it was decided; the same decision may be sent again";

async function post(url: URL, { token, decide }: { token: string; decide: FenceDecide }) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(decide),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const text = await response.text();
    return { status: response.status, body: readJson(text) };
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

function refused(code: ErrorCode, details: Record<string, unknown> | undefined): HubDecided {
  return { kind: "refused", code, state: String(details?.state ?? "") };
}
