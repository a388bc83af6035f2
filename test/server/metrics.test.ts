import { setTimeout } from "node:timers/promises";
import {
  COMMAND_NAMES,
  ERROR_CODES,
  EXPONENTS,
  PAYLOADS,
  STATES,
  VOUCHER_EVENT_TYPES,
  VOUCHER_STATES,
} from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { loadScripts } from "../../server/ledger/load-scripts.ts";
import { Metrics } from "../../server/metrics.ts";
import { packageVersion } from "../../server/package-version.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal } from "../helpers/raw-terminal.ts";
import { call, funds, issueVoucher } from "../http/client.ts";

const metrics = suite("metrics");
let hub: TestHub;

metrics.before(async () => {
  hub = await startHub();
});
metrics.after(() => hub.close());

interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** What a scrape brings, of the hub's own metrics. */
async function scrape(): Promise<Sample[]> {
  const { text } = await call(hub, "GET", "/metrics");
  return [...text.matchAll(/^(tallystick_\w+)(?:\{(.*)\})? (\S+)$/gm)].map(
    ([, name = "", labels, value]) => ({
      name,
      labels: Object.fromEntries(
        [...(labels ?? "").matchAll(/(\w+)="([^"]*)"/g)].map(([, label = "", said = ""]) => [label, said]),
      ),
      value: Number(value),
    }),
  );
}

/** The value of the one sample that has these labels; 0 when there is none yet. */
async function sampled(name: string, labels: Record<string, string> = {}): Promise<number> {
  const samples = (await scrape()).filter(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, said]) => sample.labels[label] === said) &&
      Object.keys(sample.labels).length === Object.keys(labels).length,
  );
  assert.ok(samples.length <= 1, `${name} has ${samples.length} samples`);
  return samples[0]?.value ?? 0;
}

/** How many messages, times of messages and times of scripts were counted in all. */
async function totals({ registry }: Metrics): Promise<number[]> {
  const text = await registry.metrics();
  const names = [
    "tallystick_commands_total",
    "tallystick_command_seconds_count",
    "tallystick_store_call_seconds_count",
  ];
  return names.map((name) =>
    [...text.matchAll(new RegExp(`^${name}\\{.*\\} (\\d+)$`, "gm"))].reduce(
      (sum, [, value]) => sum + Number(value),
      0,
    ),
  );
}

const answered = (command: string, result: string) =>
  sampled("tallystick_commands_total", { command, result });

metrics("count each message by its name and result, and time it", async () => {
  await hub.putAccount("acme", "1", funds(1000));
  await issueVoucher(hub, {
    issuer: "seller",
    payer: "acme",
    amount: 250,
    account: { number: "1", holder: "Acme Ltd" },
  });
  for (const command of ["payer:request", "payer:agree", "issuance:open", "account:submit"]) {
    assert.is(await answered(command, "ok"), 1, command);
    assert.is(await sampled("tallystick_command_seconds_count", { command }), 1, command);
  }
});

metrics("lose nothing between two scrapes, and count nothing twice", async () => {
  const many = new Metrics({ connections: () => 0 });
  for (const times of [0, 1, 255, 256, 257, 1000]) {
    const before = await totals(many);
    for (let index = 0; index < times; index++) {
      many.answered("payer:agree", index % 2 === 0 ? "ok" : "conflict", 0.002);
      many.storeCalled("agree-payer", 0.001);
    }
    assert.equal(
      await totals(many),
      before.map((total) => total + times),
    );
  }
});

metrics("count refusals by their code, and what is no command as unknown", async () => {
  const terminal = await connectTerminal(hub, "counter");
  await terminal.refused("payer:agree", { issuanceId: "1-aaaaaaaaaaaaaaaa" });
  await terminal.refused("payer:request", { payer: "acme", amount: 0, currency: "CNY" });
  await terminal.send("account:guess", {});
  await terminal.send("toString", {});
  await terminal.sync("1-aaaaaaaaaaaaaaaa");
  terminal.close();
  assert.is(await answered("payer:agree", "not_found"), 1);
  assert.is(await answered("payer:request", "invalid_request"), 1);
  assert.is(await answered("unknown", "invalid_request"), 2);
  assert.is(await answered("issuance:sync", "not_found"), 1);
});

metrics("count issuances by how they began and how they ended", async () => {
  const outcome = (state: string) => sampled("tallystick_issuances_total", { outcome: state });
  const before = { proposed: await outcome("proposed"), cancelled: await outcome("cancelled") };
  assert.is(await outcome("issued"), 1);
  const terminal = await connectTerminal(hub, "canceller");
  const request = { payer: "acme", amount: 5, currency: "CNY" };
  const { issuanceId } = (await terminal.accepted("payer:request", request)).issuance;
  const cancel = { issuanceId, commandId: "cancel-1" };
  await terminal.accepted("issuance:cancel", cancel);
  // A repeat is answered, and is no second end.
  await terminal.accepted("issuance:cancel", cancel);
  assert.is(await outcome("proposed"), before.proposed + 1);
  assert.is(await outcome("cancelled"), before.cancelled + 1);
  const toItself = { ...request, payer: "canceller" };
  await terminal.accepted("payer:request", toItself);
  assert.is(await outcome("agreed"), 1);
  terminal.close();
});

metrics("know how many terminals are connected", async () => {
  while ((await sampled("tallystick_connections_open")) !== 0) await setTimeout(10);
  const terminals = [await connectTerminal(hub, "one"), await connectTerminal(hub, "two")];
  assert.is(await sampled("tallystick_connections_open"), 2);
  for (const terminal of terminals) terminal.close();
  while ((await sampled("tallystick_connections_open")) !== 0) await setTimeout(10);
});

metrics("time each call of the store by its script", async () => {
  const count = (script: string) => sampled("tallystick_store_call_seconds_count", { script });
  const before = await count("put-account");
  await hub.putAccount("timed", "1", funds(1));
  assert.is(await count("put-account"), before + 1);
  assert.is(await count("submit-account"), 1);
  assert.ok((await sampled("tallystick_store_call_seconds_sum", { script: "put-account" })) > 0);
});

metrics("have labels from closed lists alone: no party, account or issuance is among them", async () => {
  const closed: Record<string, ReadonlySet<string>> = {
    command: new Set([...COMMAND_NAMES, ...Object.keys(PAYLOADS), "unknown"]),
    result: new Set(["ok", ...ERROR_CODES]),
    outcome: new Set(STATES),
    script: new Set(loadScripts().keys()),
    state: new Set([...STATES, ...VOUCHER_STATES]),
    currency: new Set(EXPONENTS.keys()),
    type: new Set(VOUCHER_EVENT_TYPES),
    version: new Set([packageVersion()]),
    node: new Set([process.version]),
    protocol: new Set(["1"]),
  };
  const samples = await scrape();
  assert.ok(samples.length > 50);
  for (const { name, labels } of samples) {
    for (const [label, said] of Object.entries(labels)) {
      if (label === "le" && name.endsWith("_seconds_bucket")) continue;
      assert.ok(closed[label]?.has(said), `${name}{${label}="${said}"}`);
    }
  }
});

metrics("tell of the process too", async () => {
  const { text } = await call(hub, "GET", "/metrics");
  assert.match(text, /^process_resident_memory_bytes \d/m);
  assert.match(text, /^nodejs_eventloop_lag_seconds /m);
});

metrics("of two hubs in one process are each its own", async () => {
  const other = await startHub();
  const { text } = await call(other, "GET", "/metrics");
  assert.not.match(text, 'command="payer:agree"');
  await other.close();
});

metrics.run();
