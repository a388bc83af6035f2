/**
 * The same hub on PostgreSQL: the same tokens, schemas, allowances, rooms, messages and acknowledgements over
 * Socket.IO, and as its store a database with row locks, at PGHOST. It serves a straight negotiation.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  COMMANDS,
  type CommandName,
  type CommandPayloads,
  hasEnded,
  PROTOCOL_VERSION,
  ruleOf,
} from "@tallystick/protocol";
import { Server } from "socket.io";
import { PartyRates } from "../../server/limits/party-rates.ts";
import { invalidRequest, refused } from "../../server/refusals.ts";
import { type Message, takeMessages } from "../../server/socket/fast-path/messages.ts";
import { Gate } from "../../server/socket/gate.ts";
import { inboxOf, Rooms, TerminalSender } from "../../server/socket/rooms.ts";
import type { HubServer, Terminal } from "../../server/socket/terminal.ts";
import { createTokens } from "../../server/tokens.ts";
import { account, SECRET } from "./connect-pairs.ts";
import { answerGarbageQuestions } from "./garbage.ts";
import { type Outcome, PostgresLedger, type StraightCommand } from "./postgres-ledger.ts";

const RATE_LIMIT = 1_000_000;
const PAGE = 100;
const STRAIGHT: ReadonlySet<string> = new Set<StraightCommand>([
  "payer:request",
  "payer:agree",
  "issuance:open",
  "account:submit",
  "issuance:accept",
]);

const ledger = new PostgresLedger({
  host: process.env.PGHOST as string,
  user: process.env.PGUSER as string,
  connections: Number(process.env.BENCH_CONNECTIONS ?? 20),
  respondWithinMs: 300_000,
  waitMs: 900_000,
});
const tokens = await createTokens({ JWT_SECRET: SECRET, DATA_DIR: "" });
const http = createServer();
const io: HubServer = new Server(http, {
  transports: ["websocket"],
  serveClient: false,
  perMessageDeflate: false,
});
const rooms = new Rooms(io);
// The same way from connections and back as the hub's.
takeMessages(io, STRAIGHT, {
  gate: new Gate({
    perSecond: RATE_LIMIT,
    parties: new PartyRates({ perSecond: RATE_LIMIT, bus: undefined }),
  }),
  receive: onMessage,
  overLimit: (retryAfter) => JSON.stringify(refused("rate_limited", { retryAfter })),
});

io.use((terminal, next) => {
  tokens.verify(terminal.handshake.auth.token).then(({ party, expiresAt }) => {
    const sender = new TerminalSender(party, terminal, rooms);
    Object.assign(terminal.data, { sender, expiresAt });
    next();
  }, next);
});

io.on("connection", async (terminal) => {
  const { party } = terminal.data.sender;
  await rooms.join(terminal, inboxOf(party));
  const open = await ledger.listOpen(party, PAGE + 1);
  terminal.emit("session:ready", {
    protocol: PROTOCOL_VERSION,
    party,
    serverTime: Date.now(),
    open: open.slice(0, PAGE),
    more: open.length > PAGE,
    vouchers: [],
    moreVouchers: false,
    retention: 7 * 24 * 3600,
  });
});

function onMessage(terminal: Terminal, { name, args, acknowledge }: Message): void {
  if (!acknowledge) return;
  answer(terminal, name, args, acknowledge).catch((error: unknown) => {
    console.error(error);
    acknowledge(JSON.stringify(refused("internal")));
  });
}

async function answer(
  terminal: Terminal,
  name: string,
  args: unknown[],
  acknowledge: (json: string) => void,
): Promise<void> {
  const refuse = (refusal: object) => acknowledge(JSON.stringify(refusal));
  if (!STRAIGHT.has(name)) return refuse(refused("invalid_request"));
  const command = name as StraightCommand;
  const parsed = COMMANDS[command].safeParse(args[0]);
  if (!parsed.success) return refuse(invalidRequest(parsed.error));
  const { sender, expiresAt } = terminal.data;
  if (Date.now() >= expiresAt) return refuse(refused("unauthenticated"));
  const outcome = await run(command, sender.party, parsed.data);
  if (outcome.kind === "refused") return refuse(refused(outcome.code));
  const { event, snapshot, repeated } = outcome;
  if (ruleOf(command).joinsRoom && !hasEnded(snapshot.state)) await sender.joinRoom(snapshot.issuanceId);
  const json = JSON.stringify(event);
  const audience = event.version > 2 && event.state !== "issued" ? "room" : "inboxes";
  if (!repeated) rooms.broadcast({ event, snapshot, audience, except: sender, json });
  acknowledge(`{"ok":true,"event":${json},"issuance":${JSON.stringify(snapshot)}}`);
}

function run(command: StraightCommand, party: string, payload: object): Promise<Outcome> {
  return command === "payer:request"
    ? ledger.requestPayer(party, payload as CommandPayloads["payer:request"])
    : ledger.execute(
        command,
        party,
        payload as CommandPayloads[Exclude<typeof command, CommandName & "payer:request">],
      );
}

await ledger.createTables();
for (let index = 0; index < Number(process.env.BENCH_PAYERS ?? 0); index++) {
  await ledger.putAccount(`payer-${index}`, { ...account, balance: 9e15 });
}
http.listen(0, "127.0.0.1", () =>
  process.send?.({ url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` }),
);
answerGarbageQuestions();
process.once("SIGTERM", () => process.exit(0));
