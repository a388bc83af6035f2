// about 15 s
/**
 * Who may ask what: every route and every question of terminals × everybody who can ask × every state, generated from
 * the tables of routes and messages. What commands do in each state and role is in `matrix.test.ts` here and of vouchers.
 */
import { join } from "node:path";
import {
  COMMAND_NAMES,
  HISTORY_QUERIES,
  hasEnded,
  QUERIES,
  ruleOf,
  VOUCHER_QUERIES,
} from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ROUTES } from "../../server/http/routes.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, errorOf, freshId, openSocket, type RawTerminal } from "../helpers/raw-terminal.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { call } from "../http/client.ts";
import {
  SITUATIONS as LIVES,
  openStage,
  type SituationName,
  type Stage,
  situationOf,
} from "../vouchers/situations.ts";
import { openScene, payloadFor, type Scene, SITUATIONS, type Situation } from "./scene.ts";
import { SENDER_SETTINGS, type Sender, sendersOf } from "./senders.ts";

const whoMay = suite("who may ask what");
type Route = (typeof ROUTES)[number];

let hub: TestHub;
let scene: Scene;
let stage: Stage;
let stranger: RawTerminal;
let beneficiary: RawTerminal;
whoMay.before(async () => {
  const archive = `file:${join(temporaryFolder(), "archive.db")}`;
  // A sweep arms deadlines anew, which is no trace of what was refused.
  const settings = {
    ...SENDER_SETTINGS,
    RATE_LIMIT: "100000",
    SWEEP_INTERVAL: "60000",
    ARCHIVE_URL: archive,
  };
  hub = await startHub({ settings });
  scene = await openScene(hub);
  stage = await openStage(hub, "three parties", "payer");
  stranger = await connectTerminal(hub, "stranger");
  beneficiary = await connectTerminal(hub, "beneficiary");
});
whoMay.after(async () => {
  for (const one of [scene, stage, stranger, beneficiary]) one.close();
  await hub.close();
});

/** What a route shows: whose it is by its path, and what those are told whose it is not. */
const SUBJECTS: readonly [RegExp, subject: "issuance" | "voucher" | "account", others: number][] = [
  [/^\/v1\/issuances\/:id/, "issuance", 404],
  [/^\/v1\/vouchers\/:id/, "voucher", 404],
  [/^\/v1\/parties\/:party\/accounts\/:number\/entries$/, "account", 404],
  [/^\/v1\/parties\/:party\/accounts/, "account", 403],
];

/** What is asked about, and whose it is. */
interface Asked {
  kind: "issuance" | "voucher" | "none";
  id: string;
  owners: readonly string[];
  payer: string;
}

/** The answer's status that the tables ask for: 401, 403, 404, or 0 for whatever is answered to those who are let in. */
function expected(route: Route, { party, scopes }: Sender, { owners, payer }: Asked): number {
  const { who, part, method, path } = route;
  if (who === "anybody") return 0;
  if (scopes.length === 0) return 401;
  const reads = method === "GET" ? ["operator:read"] : [];
  const operates = ["operator", part ?? "operator", ...(who === "reader" ? ["operator:read"] : reads)];
  if (scopes.some((scope) => operates.includes(scope))) return 0;
  if (who === "operator" || !scopes.includes("terminal")) return 403;
  const [, subject, others] = SUBJECTS.find(([pattern]) => pattern.test(path)) ?? [];
  if (subject === undefined || (subject === "account" ? party === payer : owners.includes(party))) return 0;
  return others ?? 0;
}

/** The path, filled in: what is revoked are tokens of nobody's, and what has no subject leads nowhere. */
function pathOf({ path }: Route, { id, payer }: Asked): string {
  const party = path.endsWith("/revoke") ? "nobody" : payer;
  const params: Record<string, string> = { id, party, number: "6222020200112233" };
  return path.replaceAll(/:(\w+)/g, (_, name: string) => params[name] ?? "nothing");
}

async function checkRoute(route: Route, senders: readonly Sender[], asked: Asked): Promise<void> {
  const path = pathOf(route, asked);
  for (const sender of senders) {
    const { token } = sender;
    // What has no field is refused for its shape when it is let in, and does nothing.
    const answer = await call(hub, route.method, path, {
      ...(token !== undefined && { token }),
      ...(route.body && { body: {} }),
    });
    const is = expected(route, sender, asked);
    const what = `${route.method} ${path} by ${sender.name}: ${answer.status} ${answer.text.slice(0, 200)}`;
    if (is !== 0) assert.is(answer.status, is, what);
    else assert.not.ok([401, 403].includes(answer.status), what);
    const isTheirs = sender.scopes.includes("terminal") && asked.kind !== "none";
    if (is === 0 && isTheirs && route.who === "reader") assert.is.not(answer.status, 404, what);
    if (is === 404) assert.not.match(answer.text, asked.id, "nothing is told of what is another's");
  }
}

const ofKind = (kind: Asked["kind"]) => (route: Route) =>
  (SUBJECTS.find(([pattern]) => pattern.test(route.path))?.[1] ?? "none") === kind;

/** Waits until the archive has it. */
async function archived(path: string): Promise<void> {
  const token = await hub.token("bank", { operator: true });
  while ((await call(hub, "GET", path, { token })).status !== 200)
    await new Promise((go) => setTimeout(go, 20));
}

/** Asks every route about a thing that stays as it is whoever asks. */
async function checkAll(asked: Asked, parties: Record<string, string>, root: string): Promise<void> {
  const senders = await sendersOf(hub, { ...parties, stranger: "stranger" });
  await archived(`${root}/${asked.id}/events`);
  const token = await hub.token("bank", { operator: true });
  const before = (await call(hub, "GET", `${root}/${asked.id}`, { token })).text;
  for (const route of ROUTES.filter(ofKind(asked.kind))) await checkRoute(route, senders, asked);
  assert.is((await call(hub, "GET", `${root}/${asked.id}`, { token })).text, before);
}

whoMay("routes of everything else", async () => {
  const [issuer, payer] = [scene.issuer.party, scene.payer.party];
  const senders = await sendersOf(hub, { issuer, payer, stranger: "stranger" });
  const asked: Asked = { kind: "none", id: "1-aaaaaaaaaaaaaaaa", owners: [issuer, payer], payer };
  const routes = ROUTES.filter((route) => !ofKind("issuance")(route) && !ofKind("voucher")(route));
  assert.ok(routes.length > 20);
  for (const route of routes) await checkRoute(route, senders, asked);
});

/** What each question about one issuance or voucher is asked with. */
const QUESTIONS: Record<string, (id: string, version: number, digest: string) => object> = {
  "issuance:sync": (issuanceId) => ({ issuanceId, after: 0 }),
  "presence:watch": (issuanceId) => ({ issuanceId }),
  "issuance:check": (id, version, digest) => ({ known: [{ id, version, digest }] }),
  "voucher:sync": (voucherId) => ({ voucherId, after: 0 }),
};
/** Those that name nothing: nobody finds by them what is another's. */
const LISTS = ["issuance:list", "voucher:list", "issuance:find", "voucher:find"];

whoMay("questions of terminals are all asked below", () => {
  const names = Object.keys({ ...QUERIES, ...VOUCHER_QUERIES, ...HISTORY_QUERIES });
  assert.equal(names.toSorted(), [...Object.keys(QUESTIONS), ...LISTS].toSorted());
});

interface Seen {
  id: string;
  version: number;
  digest: string;
}

/** What a terminal that takes no part is answered is what it would be of something that is not there. */
async function checkHidden(terminal: RawTerminal, { id, version, digest }: Seen): Promise<void> {
  const nowhere = id.replace(/-.*/, "-AAAAAAAAAAAAAAAA");
  const about = id.startsWith("v") ? ["voucher:sync", "issuance:check"] : Object.keys(QUESTIONS).slice(0, 3);
  for (const name of about) {
    const question = QUESTIONS[name] as (typeof QUESTIONS)[string];
    const answer = JSON.stringify(await terminal.send(name, question(id, version, digest)));
    const absent = JSON.stringify(await terminal.send(name, question(nowhere, version, digest)));
    assert.is(answer.replaceAll(id, "ID"), absent.replaceAll(nowhere, "ID"), `${name} by ${terminal.party}`);
  }
  for (const name of LISTS) assert.not.match(JSON.stringify(await terminal.send(name, {})), id, name);
}

for (const situation of Object.keys(SITUATIONS) as Situation[]) {
  whoMay(`an issuance that is ${situation}`, async () => {
    const snapshot = await scene.reach(situation);
    const { issuanceId: id, version, digest, state, issuer, payer } = snapshot;
    await checkAll(
      { kind: "issuance", id, owners: [issuer, payer], payer },
      { issuer, payer },
      "/v1/issuances",
    );
    for (const terminal of [scene.issuer, scene.payer]) {
      assert.ok((await terminal.sync(id)).ok);
      assert.equal(await terminal.send("issuance:check", { known: [{ id, version, digest }] }), {
        ok: true,
        behind: [],
      });
      const watched = (await terminal.send("presence:watch", { issuanceId: id })) as { ok: boolean };
      if (hasEnded(state)) assert.is(errorOf(watched).code, "wrong_state");
      else assert.ok(watched.ok);
    }
    for (const terminal of [stranger, beneficiary]) {
      await checkHidden(terminal, { id, version, digest });
      for (const name of COMMAND_NAMES.filter((one) => Object.keys(ruleOf(one).from).length > 0)) {
        const payload = { commandId: freshId(), ...payloadFor(name, scene, id) };
        const answer = (await terminal.send(name, payload)) as { ok: boolean };
        assert.is(errorOf(answer).code, "not_found", `${name} by ${terminal.party}`);
      }
    }
  });
}

for (const name of (Object.keys(LIVES) as SituationName[]).filter((one) => !situationOf(one).onDemand)) {
  whoMay(`a voucher that is ${name}`, async () => {
    const { voucherId: id, version, digest, issuer, payer, beneficiary: drawer } = await stage.reach(name);
    const parties = { issuer, payer, beneficiary: drawer };
    const asked: Asked = { kind: "voucher", id, owners: [issuer, payer, drawer], payer };
    await checkAll(asked, parties, "/v1/vouchers");
    for (const terminal of stage.terminals) {
      const answer = (await terminal.send("voucher:sync", { voucherId: id, after: 0 })) as { ok: boolean };
      assert.ok(answer.ok);
    }
    await checkHidden(stranger, { id, version, digest });
    // The beneficiary takes part in the voucher, and in nothing of what led to it.
    const hidden = (await stage.beneficiary.send("issuance:sync", {
      issuanceId: id.slice(1),
      after: 0,
    })) as { ok: boolean };
    assert.is(errorOf(hidden).code, "not_found");
  });
}

whoMay("a session is had with a good token of a terminal's, and with no other", async () => {
  const senders = await sendersOf(hub, { issuer: scene.issuer.party, payer: scene.payer.party });
  for (const { name, token, scopes } of senders) {
    const socket = openSocket(hub.url, { auth: { token } });
    const came = await new Promise<string>((resolve) => {
      socket.once("session:ready", () => resolve("ready"));
      socket.once("connect_error", (error) =>
        resolve((error as { data?: { code: string } }).data?.code ?? String(error)),
      );
    });
    assert.is(came, scopes.includes("terminal") ? "ready" : "unauthenticated", name);
    socket.disconnect();
  }
});

whoMay.run();
