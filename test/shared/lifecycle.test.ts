import {
  COMMAND_NAMES,
  COMMANDS,
  type CommandName,
  type CommandOf,
  END_STATES,
  EVENT_TYPES,
  hasEnded,
  type OpenState,
  type Role,
  ruleOf,
  STATES,
  type State,
} from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const lifecycle = suite("lifecycle");

const OPEN_STATES = STATES.filter((state) => !hasEnded(state)) as OpenState[];

/** The states that one step leads to, the hub's own step, the deadline, included. */
function next(state: State): State[] {
  if (hasEnded(state)) return [];
  const allowed = COMMAND_NAMES.map(ruleOf).filter((rule) => rule.from[state as OpenState] !== undefined);
  return [...allowed.flatMap((rule) => rule.to), "expired"];
}

function reachable(from: readonly State[]): Set<State> {
  const seen = new Set(from);
  for (const state of seen) for (const after of next(state)) seen.add(after);
  return seen;
}

lifecycle("every state can be reached from a request", () => {
  const reached = reachable(ruleOf("payer:request").to);
  assert.equal([...reached].sort(), [...STATES].sort());
});

lifecycle(
  "from every state that is no end, an issued voucher and every other end but declined can be reached",
  () => {
    for (const state of OPEN_STATES) {
      const ends = END_STATES.filter((end) => reachable([state]).has(end));
      const expected = END_STATES.filter((end) => end !== "declined" || state === "proposed");
      assert.equal(ends, expected, state);
    }
  },
);

lifecycle("an end is an end: no command is allowed in it", () => {
  for (const command of COMMAND_NAMES) {
    for (const state of Object.keys(ruleOf(command).from) as State[]) assert.not.ok(hasEnded(state), command);
  }
});

lifecycle("each state that is no end has a command that leads out of it", () => {
  for (const state of OPEN_STATES) {
    assert.ok(
      next(state).some((after) => after !== state && !hasEnded(after)) || next(state).includes("issued"),
      state,
    );
  }
});

lifecycle("payer:request alone begins an issuance", () => {
  const beginning = COMMAND_NAMES.filter((command) => Object.keys(ruleOf(command).from).length === 0);
  assert.equal(beginning, ["payer:request"]);
});

lifecycle("each event has a cause, and each command has an event", () => {
  const caused = new Set(COMMAND_NAMES.flatMap((command) => ruleOf(command).events));
  assert.equal(
    EVENT_TYPES.filter((type) => !caused.has(type)),
    ["issuance.expired"],
  );
  for (const command of COMMAND_NAMES) assert.ok(ruleOf(command).events.length > 0, command);
});

lifecycle("each command has a schema, in the same order", () => {
  assert.equal(Object.keys(COMMANDS), COMMAND_NAMES);
});

// `npm run types` refuses these tables when CommandOf and the rules' roles part ways.
const OFFERED: { [R in Role]: Record<CommandOf<R>, true> } = {
  issuer: {
    "payer:request": true,
    "issuance:open": true,
    "account:change": true,
    "issuance:accept": true,
    "issuance:cancel": true,
  },
  payer: {
    "payer:agree": true,
    "payer:decline": true,
    "account:submit": true,
    "account:change": true,
    "account:keep": true,
    "issuance:cancel": true,
  },
};

for (const role of ["issuer", "payer"] as const) {
  lifecycle(`the types offer the ${role} just the commands of the ${role}`, () => {
    const allowed = COMMAND_NAMES.filter((command: CommandName) => ruleOf(command).roles.includes(role));
    assert.equal(Object.keys(OFFERED[role]), allowed);
  });
}

lifecycle.run();
