/**
 * The measure: a bare Socket.IO server that passes the same 15 messages of a negotiation on, with rooms and
 * acknowledgements and of the same sizes, and keeps nothing, checks nothing and decides nothing.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type Socket } from "socket.io";
import { answerGarbageQuestions } from "./garbage.ts";

type Acknowledge = (answer: object) => void;

const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false, perMessageDeflate: false });

const now = Date.now();
const base = { issuanceId: "15-22O8gxBokRoZxXtL", version: 1, digest: "e00d3b50802d" };
const offer = {
  issuer: "issuer-100",
  payer: "payer-100",
  amount: 12500000,
  currency: "CNY",
  memo: "Invoice 2026-1184",
  review: "first",
  beneficiary: "issuer-100",
  validFor: 7776000,
};
const snapshot = { ...base, ...offer, state: "proposed", changes: 0, createdAt: now };
const account = { kind: "funds", last4: "2233" };
const voucher = { voucherId: "v15-22O8gxBokRoZxXtL", issuedAt: now };

/** What the hub adds to each command's event and snapshot, so that the sizes are the same. */
const SHAPES: Record<string, [type: string, state: string, more: object]> = {
  "payer:request": ["payer.requested", "proposed", { ...offer, deadline: now }],
  "payer:agree": ["payer.agreed", "agreed", { deadline: now }],
  "issuance:open": ["issuance.opened", "opened", { deadline: now }],
  "account:submit": ["account.verified", "verified", { account, deadline: now }],
  "issuance:accept": ["voucher.issued", "issued", { account, voucher }],
};

let last = 0;

function pass(
  socket: Socket,
  name: string,
  payload: { issuanceId?: string; payer?: string },
  acknowledge: Acknowledge,
): void {
  const shape = SHAPES[name];
  if (!shape) return;
  const [type, state, more] = shape;
  const issuanceId = payload.issuanceId ?? `15-${String(++last).padStart(16, "0")}`;
  const room = `issuance:${issuanceId}`;
  const event = { ...base, issuanceId, type, state, at: now, by: "issuer", ...more };
  if (name === "payer:request" || name === "payer:agree") socket.join(room);
  acknowledge({ ok: true, event, issuance: { ...snapshot, issuanceId, state, ...more } });
  socket.to(name === "payer:request" ? `party:${payload.payer}:inbox` : room).emit("issuance:event", event);
  if (name === "issuance:accept") io.in(room).socketsLeave(room);
}

io.on("connection", (socket) => {
  socket.join(`party:${socket.handshake.auth.party}:inbox`);
  for (const name of Object.keys(SHAPES))
    socket.on(name, (payload, acknowledge) => pass(socket, name, payload, acknowledge));
  socket.emit("session:ready", {
    protocol: 1,
    party: socket.handshake.auth.party,
    serverTime: now,
    open: [],
    more: false,
  });
});
http.listen(0, "127.0.0.1", () =>
  process.send?.({ url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` }),
);
answerGarbageQuestions();
process.once("SIGTERM", () => process.exit(0));
