/** What the real hub sends has the shape that the schemas say, and not a field more. */
import {
  EVENT_TYPES,
  IssuanceEvent,
  isErrorCode,
  OpenIssuance,
  PROTOCOL_VERSION,
  REVIEWS,
  Snapshot,
  STATES,
} from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { z } from "zod";
import { startHub, type TestHub } from "../helpers/hub.ts";
import type { RawTerminal } from "../helpers/raw-terminal.ts";
import { openScene, SITUATIONS, type Situation } from "../hub/scene.ts";

const schemas = suite("schemas");

/** A packet of Socket.IO: `2["name",…]` is told, `3` and the number of a message is an answer. */
const MESSAGE = /^([23])\d*(\[.*\])$/s;

interface Seen {
  told: [name: string, body: unknown][];
  answers: Answer[];
}
type Answer = {
  ok: boolean;
  event?: unknown;
  events?: unknown[];
  issuance?: unknown;
  open?: unknown[];
  error?: unknown;
};

let hub: TestHub;
let seen: Seen;
schemas.before(async () => {
  hub = await startHub({ settings: { RATE_LIMIT: "100000" } });
  const terminals = [...(await play(false)), ...(await play(true))];
  const frames = terminals.flatMap((terminal) => terminal.frames).map((frame) => MESSAGE.exec(frame));
  const bodies = (kind: string) =>
    frames.filter((found) => found?.[1] === kind).map((found) => JSON.parse(found?.[2] ?? ""));
  seen = { told: bodies("2"), answers: bodies("3").flat() };
});
schemas.after(() => hub.close());

/** Brings issuances to every situation, with all that can be said along the way. */
async function play(isSelf: boolean): Promise<RawTerminal[]> {
  const scene = await openScene(hub, { isSelf });
  const impossible: Situation[] = isSelf ? ["proposed", "declined"] : [];
  for (const situation of Object.keys(SITUATIONS) as Situation[]) {
    if (!impossible.includes(situation)) await scene.reach(situation);
  }
  for (const review of REVIEWS) await scene.reach("opened after a refusal", { review });
  const { issuanceId } = await scene.reach("changing");
  await scene.payer.accepted("account:keep", { issuanceId });
  await scene.payer.accepted("account:change", { issuanceId, reason: "开立电子凭证 | 🧾" });
  await scene.payer.accepted("issuance:cancel", { issuanceId, reason: "a reason" });
  await scene.request({ memo: "for the goods" });
  await scene.payer.refused("issuance:accept", { issuanceId });
  await scene.issuer.list();
  await scene.payer.settle();
  scene.close();
  return [scene.issuer, scene.payer];
}

/** Parsing takes away what a schema does not know, so that what is left has to be all there was. */
function exactly(schema: z.ZodType, value: unknown): void {
  assert.equal(schema.parse(value), value);
}

schemas("every event, told or answered, of every type", () => {
  const told = seen.told.filter(([name]) => name === "issuance:event").map(([, event]) => event);
  const answered = seen.answers.flatMap(({ event, events = [] }) => (event ? [event] : events));
  for (const event of [...told, ...answered]) exactly(IssuanceEvent, event);
  const types = (events: unknown[]) => new Set(events.map((event) => (event as IssuanceEvent).type));
  assert.equal([...types(answered)].sort(), [...EVENT_TYPES].sort());
  assert.equal([...types(told)].sort(), [...EVENT_TYPES].sort());
});

schemas("every snapshot, in every state", () => {
  const snapshots = seen.answers
    .filter(({ issuance }) => issuance !== undefined)
    .map(({ issuance }) => issuance);
  for (const snapshot of snapshots) exactly(Snapshot, snapshot);
  const states = new Set(snapshots.map((snapshot) => (snapshot as Snapshot).state));
  assert.equal([...states].sort(), [...STATES].sort());
});

schemas("every session, and every line of a list", () => {
  const sessions = seen.told
    .filter(([name]) => name === "session:ready")
    .map(([, session]) => session as object);
  assert.ok(sessions.length > 0);
  for (const session of sessions) {
    assert.equal(
      Object.keys(session).sort(),
      ["protocol", "party", "serverTime", "open", "more", "vouchers", "moreVouchers", "retention"].sort(),
    );
    assert.is((session as { protocol: number }).protocol, PROTOCOL_VERSION);
  }
  const lists = seen.answers.filter(({ open }) => open !== undefined);
  assert.ok(lists.some(({ open = [] }) => open.length > 0));
  for (const { open = [] } of lists) for (const line of open) exactly(OpenIssuance, line);
});

schemas("an answer is either good or an error of the table, with a sentence for a person", () => {
  for (const { ok, error } of seen.answers) {
    assert.is(ok, error === undefined);
    if (!error) continue;
    const {
      code,
      message,
      details = {},
      ...more
    } = error as { code: string; message: string; details?: object };
    assert.ok(isErrorCode(code));
    assert.match(message, /^[A-Z].+\.$/);
    assert.type(details, "object");
    assert.equal(more, {});
  }
});

schemas("nothing else is ever told", () => {
  const names = new Set(seen.told.map(([name]) => name));
  assert.equal([...names].sort(), ["issuance:event", "session:ready"]);
});

schemas.run();
