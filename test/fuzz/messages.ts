/** Messages over a terminal's connection: every one that there is, good, almost good, and nothing of the kind. */
import { type AnyMessageName, PAYLOADS } from "@tallystick/protocol";
import fc from "fast-check";
import type { RawTerminal } from "../helpers/raw-terminal.ts";
import type { Kind } from "./kind.ts";
import { checkRefusal } from "./oracle.ts";
import { stock } from "./stock.ts";
import { almostGoodValues, anything, goodValues } from "./values.ts";
import { countAnswer, PARTIES, type World } from "./world.ts";

export interface SentMessage {
  /** Whose terminal sends it. */
  by: number;
  name: string;
  args: unknown[];
}

/** What is larger closes the connection, as it should; that is looked for among frames. */
const LARGEST = 12_000;
const NAMES = Object.keys(PAYLOADS) as AnyMessageName[];
const STRANGE_NAMES = ["", "__proto__", "constructor", "issuance:steal", "issuance:event", "payer:request "];

export const MESSAGES: Kind<SentMessage[]> = {
  name: "messages",
  weight: 4,
  open: async (world) => {
    const terminals = await world.connect();
    await stock(world, terminals);
    return {
      cases: fc.array(messagesOf(world), { minLength: 1, maxLength: 12 }),
      // At once: what one of them does the others meet half-way.
      feed: async (messages) => {
        await Promise.all(messages.map((message) => sendMessage(world, terminals, message)));
        return messages.length;
      },
      close: async () => {
        for (const terminal of terminals) terminal.close();
      },
    };
  },
};

function messagesOf({ known }: World): fc.Arbitrary<SentMessage> {
  const payloads = Object.fromEntries(NAMES.map((name) => [name, goodValues(PAYLOADS[name], known)]));
  const good = fc.constantFrom(...NAMES).chain((name) => {
    const payload = payloads[name] as fc.Arbitrary<unknown>;
    const args = fc.oneof(
      { weight: 10, arbitrary: payload.map((one) => [one]) },
      { weight: 6, arbitrary: almostGoodValues(payload).map((one) => [one]) },
      { weight: 2, arbitrary: fc.array(anything, { maxLength: 3 }) },
    );
    return fc.record({ by: fc.nat(PARTIES.length - 1), name: fc.constant<string>(name), args });
  });
  const strange = fc.record({
    by: fc.nat(PARTIES.length - 1),
    name: fc.constantFrom(...STRANGE_NAMES),
    args: fc.array(anything, { maxLength: 2 }),
  });
  return fc.oneof({ weight: 30, arbitrary: good }, { weight: 1, arbitrary: strange });
}

/** Sends it and holds its answer against the documents and the table of errors. */
export async function sendMessage(
  world: World,
  terminals: readonly RawTerminal[],
  { by, name, args }: SentMessage,
): Promise<void> {
  if (JSON.stringify(args).length > LARGEST) return;
  const answer = (await terminals[by]?.send(name, ...args)) as { ok: boolean; error?: { code: string } };
  world.known.learn(answer);
  world.known.learn(args);
  countAnswer(world, answer.error?.code ?? "ok");
  if (answer.ok !== true) checkRefusal(answer.error, `${name} ${JSON.stringify(args)}`);
}
