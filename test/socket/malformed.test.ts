/** What is malformed is refused with a clear code, changes nothing, and the hub goes on. */
import {
  COMMAND_NAMES,
  type CommandName,
  type ErrorBody,
  MAX_RESPOND_WITHIN,
  type QueryName,
} from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, errorOf, freshId, type RawTerminal } from "../helpers/raw-terminal.ts";
import { AMOUNT, openScene, payloadFor, type Scene } from "../hub/scene.ts";

const malformed = suite("malformed messages");

let hub: TestHub;
let scene: Scene;
/** Somebody else, who has to be served whatever others send. */
let bystander: RawTerminal;
malformed.before(async () => {
  hub = await startHub({ settings: { RATE_LIMIT: "100000" } });
  scene = await openScene(hub);
  bystander = await connectTerminal(hub, "bystander");
});
malformed.after(async () => {
  scene.close();
  bystander.close();
  await hub.close();
});
malformed.after.each(async () => {
  await bystander.settle();
  await scene.issuer.settle();
});

type Payload = Record<string, unknown>;

/** A payload that would be accepted but for what a row changes. */
function goodPayload(name: CommandName | QueryName, issuanceId: string): Payload {
  if (name === "issuance:list") return {};
  if (name === "issuance:sync") return { issuanceId, after: 0 };
  if (name === "presence:watch") return { issuanceId };
  if (name === "issuance:check") return { known: [{ id: issuanceId, version: 1, digest: "0123456789ab" }] };
  if (name === "payer:request")
    return { commandId: freshId(), payer: scene.payer.party, amount: AMOUNT, currency: "CNY" };
  return { commandId: freshId(), ...payloadFor(name, scene, issuanceId) };
}

const TOO_LARGE = 2 ** 53;
const HUGE = "x".repeat(8000);
/** JSON.parse makes it an own property, as a message from the wire does. */
const PROTOTYPE_KEY = JSON.parse('{"__proto__":{"polluted":true}}') as Payload;

const BAD_TEXTS = [
  "",
  " \u3000",
  "a".repeat(141),
  HUGE,
  "a\0b",
  "a\nb",
  "a\u001fb",
  "\ud83d",
  5,
  true,
  {},
  ["a"],
  null,
];
const BAD_COMMAND_IDS = [undefined, "", "a b", "a.b", "c".repeat(65), HUGE, 5, {}, [], null, "\0"];
const BAD_VERSIONS = [0, -1, 65, 1.5, "1", TOO_LARGE, null, {}, true];
const BAD_DIGESTS = [undefined, "", "0123456789a", "0123456789abc", "0123456789AB", HUGE, 5, {}, null];
const BAD_ISSUANCE_IDS = [
  undefined,
  "",
  "nope",
  "0-",
  "../../../../etc",
  `0-${"A".repeat(17)}`,
  HUGE,
  7,
  {},
  [],
  null,
];

/** Values that a field must not have, by the path that the answer has to name. */
const BAD_FIELDS: { [N in CommandName | QueryName]?: Record<string, readonly unknown[]> } = {
  "payer:request": {
    payer: [undefined, "", "Acme", "a b", ".a", "a:b", "{1}", "a".repeat(65), HUGE, 5, {}, ["acme"], null],
    amount: [undefined, 0, -1, 0.5, 1.5, 1e-7, TOO_LARGE, 1e300, "100", "1e3", {}, [100], true, null],
    currency: [undefined, "", "cny", "XXX", "CNYCNY", HUGE, 5, {}, ["CNY"], null],
    memo: BAD_TEXTS,
    review: ["sometimes", "__proto__", "FIRST", 1, {}, null],
    respondWithin: [0, -1, 1.5, "60", MAX_RESPOND_WITHIN + 1, TOO_LARGE, {}, null],
  },
  "payer:decline": { reason: BAD_TEXTS },
  "account:submit": {
    account: [undefined, null, "6222", 5, [], ["6222", "Payer"]],
    "account.number": [undefined, "", "1 2", "1:2", "9".repeat(35), HUGE, "１２", 6222, {}, null],
    "account.holder": [undefined, ...BAD_TEXTS],
  },
  "account:change": { reason: BAD_TEXTS },
  "issuance:cancel": { reason: BAD_TEXTS },
  "issuance:sync": { after: [undefined, -1, 65, 0.5, TOO_LARGE, "0", {}, null] },
  "issuance:check": {
    known: [
      undefined,
      null,
      {},
      "all",
      Array(101).fill({ id: "0-AAAAAAAAAAAAAAAA", version: 1, digest: "0123456789ab" }),
    ],
    "known.0.id": BAD_ISSUANCE_IDS,
    "known.0.version": [undefined, ...BAD_VERSIONS],
    "known.0.digest": BAD_DIGESTS,
  },
  "issuance:list": { before: ["", "nope", HUGE, 5, {}, null] },
};
const QUERY_NAMES: QueryName[] = ["issuance:sync", "issuance:list", "issuance:check", "presence:watch"];
const ALL_NAMES = [...COMMAND_NAMES, ...QUERY_NAMES];

const WITHOUT_ISSUANCE: ReadonlySet<string> = new Set(["payer:request", "issuance:list", "issuance:check"]);

/** Fields of a command on an issuance that say on which view of it its sender decided. */
const ON_AN_ISSUANCE = {
  ifVersion: BAD_VERSIONS,
  seen: [null, 5, [], "3", [3, "0123456789ab"]],
  "seen.version": [undefined, ...BAD_VERSIONS],
  "seen.digest": BAD_DIGESTS,
};

/** Every field of a message with its bad values: its own, and those that messages share. */
function badFields(name: CommandName | QueryName): [path: string, values: readonly unknown[]][] {
  const isCommand = (COMMAND_NAMES as string[]).includes(name);
  return Object.entries({
    ...(isCommand && { commandId: BAD_COMMAND_IDS }),
    ...(isCommand && name !== "payer:request" && ON_AN_ISSUANCE),
    ...(!WITHOUT_ISSUANCE.has(name) && { issuanceId: BAD_ISSUANCE_IDS }),
    ...BAD_FIELDS[name],
  });
}

/** What a field is part of, with good values of all of its fields. */
const WHOLE: Record<string, object> = { seen: { version: 1, digest: "0123456789ab" } };

function withField(payload: Payload, path: string, value: unknown): Payload {
  const [first = "", second, third] = path.split(".");
  if (third !== undefined) {
    const [entry] = payload[first] as object[];
    return { ...payload, [first]: [{ ...entry, [third]: value }] };
  }
  if (second === undefined) return { ...payload, [first]: value };
  return {
    ...payload,
    [first]: { ...((payload[first] as object | undefined) ?? WHOLE[first]), [second]: value },
  };
}

function issuesOf(error: ErrorBody): { path: string; message: string }[] {
  assert.is(error.code, "invalid_request");
  const { issues } = error.details as { issues: { path: string; message: string }[] };
  assert.ok(issues.length > 0 && issues.length <= 10);
  for (const { message } of issues) assert.ok(message !== "" && message.length <= 200);
  return issues;
}

async function refusal(name: string, ...args: unknown[]): Promise<ErrorBody> {
  return errorOf((await scene.payer.send(name, ...args)) as { ok: boolean });
}

async function everything(issuanceId: string) {
  return {
    answer: await scene.issuer.sync(issuanceId),
    list: await scene.payer.list(),
    good: await scene.account("good"),
  };
}

for (const name of ALL_NAMES) {
  malformed(`${name} with a wrong field is refused, naming the field`, async () => {
    const { issuanceId } = await scene.reach("opened");
    const before = await everything(issuanceId);
    for (const [path, values] of badFields(name)) {
      for (const value of values) {
        const error = await refusal(name, withField(goodPayload(name, issuanceId), path, value));
        const label = `${path}: ${JSON.stringify(value)?.slice(0, 50)}`;
        assert.ok(
          issuesOf(error).some((issue) => issue.path === path),
          label,
        );
        assert.not.ok(JSON.stringify(error).includes(HUGE.slice(0, 300)), "what was sent is not sent back");
      }
    }
    assert.equal(await everything(issuanceId), before);
  });

  malformed(`${name} with a field that it does not have is refused`, async () => {
    const { issuanceId } = await scene.reach("opened");
    const before = await everything(issuanceId);
    const more: Payload[] = [
      { extra: 1 },
      { party: "acme" },
      { by: "hub" },
      { toString: "a" },
      { constructor: { prototype: { polluted: true } } },
      PROTOTYPE_KEY,
      Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`field${index}`, index])),
    ];
    for (const fields of more) {
      const payload = goodPayload(name, issuanceId);
      for (const [key, value] of Object.entries(fields)) {
        Object.defineProperty(payload, key, { value, enumerable: true });
      }
      issuesOf(await refusal(name, payload));
    }
    assert.is((Object.prototype as { polluted?: boolean }).polluted, undefined);
    assert.equal(await everything(issuanceId), before);
  });

  malformed(`${name} with something else than one payload is refused`, async () => {
    const { issuanceId } = await scene.reach("opened");
    const good = goodPayload(name, issuanceId);
    const before = await everything(issuanceId);
    const buffer = Buffer.from("binary");
    for (const payload of [null, "text", "", 0, 5, true, [], [good], buffer, { ...good, binary: buffer }]) {
      issuesOf(await refusal(name, payload));
    }
    issuesOf(await refusal(name));
    issuesOf(await refusal(name, good, {}));
    issuesOf(await refusal(name, good, good, good));
    assert.equal(await everything(issuanceId), before);
  });

  malformed(`${name} without an acknowledgement does nothing, and the terminal is told so`, async () => {
    const { issuanceId } = await scene.reach("opened");
    const before = await everything(issuanceId);
    const { payer } = scene;
    const errors = payer.errors.length;
    payer.socket.emit(name, goodPayload(name, issuanceId) as never, undefined as never);
    (payer.socket.emit as (event: string, ...args: unknown[]) => void)(name);
    await payer.settle();
    assert.is(payer.errors.length, errors + 2);
    for (const error of payer.errors.slice(errors)) {
      assert.match(issuesOf(error)[0]?.message ?? "", /came without an acknowledgement/);
    }
    assert.equal(await everything(issuanceId), before);
  });
}

for (const path of ["number", "holder"]) {
  malformed(`a prototype key in the account beside its ${path} is refused`, async () => {
    const { issuanceId } = await scene.reach("opened");
    const account = JSON.parse(`{"number":"1","holder":"a","__proto__":{"${path}":"2"}}`) as object;
    issuesOf(await refusal("account:submit", { issuanceId, commandId: freshId(), account }));
  });
}

for (const name of [
  "issuance:steal",
  "",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "error",
  "issuance:event",
  "session:ready",
  HUGE,
]) {
  malformed(`the unknown message "${name.slice(0, 30)}" is refused`, async () => {
    const [issue] = issuesOf(await refusal(name, { commandId: freshId() }));
    assert.match(issue?.message ?? "", /no such command/);
    (scene.payer.socket.emit as (event: string, ...args: unknown[]) => void)(name, {});
  });
}

malformed("a number for a name is refused", async () => {
  issuesOf(await refusal(5 as never, {}));
});

malformed.run();
