/**
 * Writes of an account that come more than once: their answers are lost, and others write before they are sent again.
 * Each has an Idempotency-Key of its own, and goes to whichever hub.
 */
import { type Answer, type Call, callHub } from "./call-hub.ts";
import type { Choice, World } from "./fault.ts";
import { pause, type Random } from "./random.ts";

const ROUNDS = 3;
const AGAIN_MS = 150;
/** A write that no hub answers for so long makes the run fail, milliseconds. */
const GIVE_UP_MS = 60_000;
/** Few parties, so that one's accounts are written to at the same time. */
const PARTIES = 4;

export function writeRepeated(world: World, random: Random): Choice {
  const serial = random.below(2 ** 31);
  const account = { party: `ledger-${serial % PARTIES}`, number: String(serial) };
  let working: Promise<void> | undefined;
  return {
    targets: [`account ${account.number}`],
    lastsMs: 0,
    begin: () => {
      working = writeAll(world, account, random.fork(`account ${serial}`));
      // Whoever heals it is told.
      working.catch(() => undefined);
    },
    heal: () => working,
  };
}

/** Everything that an account is sent, and in what order. */
async function writeAll(
  { fleet, history, operatorToken: token }: World,
  account: { party: string; number: string },
  random: Random,
): Promise<void> {
  const { party, number } = account;
  const path = `/v1/parties/${party}/accounts/${number}`;
  const otherAnswers: string[] = [];
  let keys = 0;

  const write = (method: "PUT" | "POST", more: string, content: object) => {
    const key = `${number}-${keys++}`;
    const body = method === "PUT" ? content : { ...content, reference: key };
    const call: Call = { method, token, body, key };
    let first: Answer | undefined;
    return async () => {
      const answer = await untilAnswered(() => `${urlOf(fleet, random)}${path}${more}`, call);
      first ??= answer;
      if (answer.status < 300 && answer.status === first.status && answer.text === first.text) return;
      otherAnswers.push(
        `${JSON.stringify(body)}: ${first.status} ${first.text}, ${answer.status} ${answer.text}`,
      );
    };
  };
  const put = (balance: number) =>
    write("PUT", "", { holder: "Somebody", kind: "funds", currency: "CNY", balance });
  const adjust = (amount: number) => write("POST", "/adjust", { amount });

  let expected = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    expected = random.between(100, 10_000);
    const setAnew = put(expected);
    await setAnew();
    const amounts = Array.from({ length: random.between(1, 3) }, () => random.between(1, 500));
    for (const amount of amounts) expected += amount;
    const adding = amounts.map(adjust);
    // Each twice at once, and once more when the others are done.
    await Promise.all([...adding, ...adding].map((add) => add()));
    await Promise.all([setAnew, ...adding].map((again) => again()));
  }
  const { text } = await untilAnswered(() => `${urlOf(fleet, random)}${path}`, { method: "GET", token });
  const { balance } = JSON.parse(text) as { balance?: number };
  history.written.push({ ...account, expected, found: balance ?? Number.NaN, otherAnswers });
}

function urlOf({ hubs }: World["fleet"], random: Random): string {
  return `http://127.0.0.1:${random.pick(hubs).line.port}`;
}

/** Sends it until it is answered, each time over another line, as one does who has lost the answers before. */
async function untilAnswered(url: () => string, call: Call): Promise<Answer> {
  const until = performance.now() + GIVE_UP_MS;
  for (;;) {
    const where = url();
    const answer = await callHub(where, call).catch(() => undefined);
    if (answer && answer.status < 500) return answer;
    if (performance.now() > until) throw new Error(`${call.method} ${where}: ${answer?.text ?? "no answer"}`);
    await pause(AGAIN_MS);
  }
}
