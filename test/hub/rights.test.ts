// What the store's user may do (ACL): what server/README.md lists is enough, and what is lacking is said at start.
import { setTimeout } from "node:timers/promises";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { loadScripts } from "../../server/ledger/load-scripts.ts";
import {
  FOR_ARCHIVES,
  FOR_CLUSTERS,
  FOR_HUBS,
  FOR_REPLICAS,
  KEYED,
  PLAIN,
  Rights,
} from "../../server/ledger/rights.ts";
import { connectRedis } from "../../server/redis/connect.ts";
import { readDocument } from "../guards/documents.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal } from "../helpers/raw-terminal.ts";
import { startCluster, startRedis, type TestRedis } from "../helpers/redis.ts";
import { call, jsonOf, refusedWith } from "../http/client.ts";
import { openScene } from "./scene.ts";

const rights = suite("the store's user");
const DOCUMENT = readDocument("server/README.md");
/** The document's own words to the server, after the user's name and password. */
const LISTED = DOCUMENT.code("Rights", "text").replace("ACL SETUSER tallystick on >secret ", "").split(/\s+/);

let redis: TestRedis;
let client: Redis;
let url: string;
rights.before(async () => {
  redis = await startRedis({ tcp: true });
  client = redis.client();
  url = redis.url.replace("//", "//tallystick:secret@");
});
rights.after(() => redis.stop());
rights.before.each(async () => {
  await client.acl("DELUSER", "tallystick");
  await grant(...LISTED);
  await client.acl("LOG", "RESET");
});

const grant = (...rules: string[]) => client.acl("SETUSER", "tallystick", "on", ">secret", ...rules);

/** What the server has refused to the user so far. */
async function refusals(): Promise<string[]> {
  const entries = (await client.call("ACL", "LOG", "200")) as unknown[];
  return entries.map((entry) => {
    const fields = Array.isArray(entry) ? entry : Object.entries(entry as object).flat();
    return String(fields[fields.indexOf("object") + 1]);
  });
}

async function missing(): Promise<readonly string[]> {
  const store = connectRedis(url, { name: "test" });
  store.on("error", () => undefined);
  const found = new Rights({ store, isShared: true, waitsForReplicas: false, archives: false });
  try {
    return await found.missing();
  } finally {
    found.stop();
    store.disconnect();
  }
}

rights("with just what the document lists two hubs serve a negotiation and hear of each other", async () => {
  const here = await startHub({ redisUrl: url });
  const there = await startHub({ redisUrl: url });
  const scene = await openScene(here);
  const elsewhere = await connectTerminal(there, scene.payer.party);
  const { issuanceId } = await scene.reach("verified");
  await elsewhere.sync(issuanceId);
  await scene.issuer.accepted("issuance:accept", { issuanceId });
  await elsewhere.told(issuanceId, "voucher.issued");
  jsonOf(await call(there, "GET", "/readyz"));
  const optional = /^(config\|get|command\|info|client\|set(name|info))$/;
  assert.equal(
    (await refusals()).filter((name) => !optional.test(name)),
    [],
  );
  elsewhere.close();
  scene.close();
  await Promise.all([here.close(), there.close()]);
});

rights("is asked for what the scripts call and the document lists, no more and no less", async () => {
  const inScripts = [...loadScripts().values()].flatMap(({ source }) =>
    [...source.matchAll(/redis\.call\('([A-Z]+)'/g)].map(([, name = ""]) => name.toLowerCase()),
  );
  const asked = [...Object.keys(PLAIN), ...Object.keys(KEYED), ...Object.keys(FOR_HUBS)];
  // What takes out of the store what has ended runs only where there is an archive.
  const archived = Object.keys(FOR_ARCHIVES);
  assert.equal(
    inScripts.filter((name) => !asked.includes(name) && !archived.includes(name)),
    [],
  );
  assert.equal(asked.map((name) => `+${name}`).sort(), LISTED.filter((rule) => rule.startsWith("+")).sort());
  for (const name of [
    ...Object.keys(FOR_ARCHIVES),
    ...Object.keys(FOR_REPLICAS),
    ...Object.keys(FOR_CLUSTERS),
  ])
    assert.ok(DOCUMENT.text.includes(`\`+${name.replace("|", "\\|")}\``), name);
});

rights("is never asked about a command in a form that no client could send it in", async () => {
  for (const [name, args] of Object.entries({
    ...PLAIN,
    ...KEYED,
    ...FOR_HUBS,
    ...FOR_ARCHIVES,
    ...FOR_REPLICAS,
    ...FOR_CLUSTERS,
  })) {
    const [info] = (await client.call("COMMAND", "INFO", name)) as [unknown[] | null];
    if (info === null) continue;
    const arity = Number(info[1]);
    const count = name.split("|").length + args.split(" ").filter(Boolean).length;
    assert.ok(arity < 0 ? count >= -arity : count === arity, `${name} has ${count} words, and ${arity}`);
  }
});

rights("that lacks any one right is told which", async () => {
  assert.equal(await missing(), []);
  for (const rule of LISTED.filter((one) => one.startsWith("+"))) {
    await grant(rule.replace("+", "-"));
    assert.equal(await missing(), [rule]);
    await grant(rule);
  }
  await grant("resetkeys", "~other:*");
  assert.equal(await missing(), ["~ts:*"]);
  await grant("~ts:*", "resetchannels");
  assert.equal(await missing(), ["&ts#*", "+spublish", "+ssubscribe"]);
  await grant("&ts#*");
  assert.equal(await missing(), []);
});

for (const [rule, says] of [
  [
    "resetchannels",
    /lacks rights that the hub needs: ACL SETUSER tallystick &ts#\* \+spublish \+ssubscribe$/,
  ],
  ["resetkeys", /ACL SETUSER tallystick ~ts:\*$/],
  ["-@scripting", /ACL SETUSER tallystick \+eval$/],
  ["-ping", /ACL SETUSER tallystick \+ping$/],
  ["-info", /ACL SETUSER tallystick \+info$/],
] as const) {
  rights(`with ${rule} no hub starts`, async () => {
    await grant(rule);
    await startHub({ redisUrl: url }).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, says),
    );
  });
}

rights("with MIN_REPLICAS has to be allowed to wait", async () => {
  await startHub({ redisUrl: url, settings: { MIN_REPLICAS: "1" } }).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /ACL SETUSER tallystick \+wait( \+waitaof)?$/),
  );
});

rights("with what the document lists for a cluster and MIN_REPLICAS is served there", async () => {
  const cluster = await startCluster({ masters: 2, replicasPerMaster: 1 });
  const nodes = [0, 1, 2, 3].map((index) => cluster.client(index));
  const more = [...Object.keys(FOR_CLUSTERS), "wait"].map((name) => `+${name}`);
  for (const node of nodes) await node.acl("SETUSER", "tallystick", "on", ">secret", ...LISTED, ...more);
  const hub = await startHub({
    redisUrl: cluster.url.replace("//", "//tallystick:secret@"),
    settings: { MIN_REPLICAS: "1" },
  });
  const scene = await openScene(hub);
  await scene.reach("issued");
  const ready = () => call(hub, "GET", "/readyz");
  while ((await ready()).text !== '{"status":"ready","durability":"replicated"}') await setTimeout(50);
  for (const node of nodes) await node.acl("SETUSER", "tallystick", "-cluster|slots");
  refusedWith(await ready(), 503, "unavailable");
  scene.close();
  await hub.close();
  await cluster.stop();
});

rights("that loses its channels while hubs serve is told of, and hears again once it has them", async () => {
  const lines: string[] = [];
  const here = await startHub({ redisUrl: url, onLog: (line) => lines.push(line) });
  const there = await startHub({ redisUrl: url });
  const [issuer, payer] = [await connectTerminal(here, "shop"), await connectTerminal(there, "acme")];
  const offer = { payer: "acme", amount: 100, currency: "CNY" };
  // The server ends the connections that listen to what they no longer may.
  await grant("resetchannels");
  await issuer.accepted("payer:request", offer);
  const ready = (hub: TestHub) => call(hub, "GET", "/readyz");
  const problem = refusedWith(await ready(here), 503, "unavailable");
  assert.is(problem.detail, "The store can't serve now: NOPERM.");
  refusedWith(await ready(there), 503, "unavailable");
  assert.is(lines.filter((line) => line.includes("ACL SETUSER tallystick &ts#*")).length, 1);
  const resynced = new Promise<void>((resolve) => payer.socket.once("session:resync", () => resolve()));
  await grant("&ts#*");
  await resynced;
  while ((await ready(here)).status !== 200 || (await ready(there)).status !== 200) await setTimeout(50);
  const { issuance } = await issuer.accepted("payer:request", offer);
  await payer.told(issuance.issuanceId, "payer.requested");
  for (const terminal of [issuer, payer]) terminal.close();
  await Promise.all([here.close(), there.close()]);
});

rights("may do what an audit needs with the rights that are listed for it", async () => {
  const more = DOCUMENT.table("Rights").find(([where]) => where?.includes("audit"))?.[1] ?? "";
  await grant(...(more.match(/\+[a-z|\\]+/g) ?? []).map((rule) => rule.replace("\\", "")));
  const hub = await startHub({ redisUrl: url });
  const scene = await openScene(hub);
  await scene.reach("issued");
  await client.acl("LOG", "RESET");
  assert.equal((await audit(hub.running)).findings, []);
  assert.equal(await refusals(), []);
  scene.close();
  await hub.close();
});

rights.run();
