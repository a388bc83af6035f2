/** The flow of issuances through their states, on the tally that they cut. */
import { live, slices } from "../../model/operator.ts";
import { said } from "../../words/console.ts";
import { Section } from "./parts.tsx";

type State = keyof (typeof slices.value)[number]["steps"];

/** How many issuances came into a state within what is remembered. */
export function passedIn(state: State): number {
  return slices.value.reduce((total, { steps }) => total + (steps[state] ?? 0), 0);
}

const UPPER = "M20 94H61l9 7l9 -7H261l9 7l9 -7H461l9 7l9 -7H661l9 7l9 -7H900V102H20z";
const LOWER = "M20 114H61l9 -7l9 7H261l9 -7l9 7H461l9 -7l9 7H661l9 -7l9 7H900V106H20z";
const OPEN = ["proposed", "agreed", "opened", "verified"] as const;
const PASSED = ["agreed", "opened", "verified", "issued"] as const;
const EXITS = ["declined", "expired", "cancelled", "failed"] as const;

export function Flow() {
  const w = said.value;
  const { issuances = {}, vouchers = {} } = live.value?.book ?? {};
  const open = (state: keyof typeof issuances) => w.count(issuances[state] ?? 0);
  const all = w.count(Object.values(vouchers).reduce((total: number, one) => total + (one ?? 0), 0));
  const passed = (state: State) => w.count(passedIn(state));
  return (
    <Section title={w.flow} aside={<p>{w.flowSub}</p>}>
      <svg class="flow" viewBox="0 0 1000 250" role="img" aria-label={w.flowLabel}>
        <path class="loop" d="M670 90C670 26 700 26 725 26H815C850 26 880 40 880 90" />
        <path class="loop" d="m875 82 5 8 5-8" />
        <text class="n" x="770" y="50">
          {open("changing")}
        </text>
        <text class="s" x="770" y="16">
          {w.states.changing}
        </text>
        <path class="half" d={UPPER} />
        <path class="half" d={LOWER} />
        <path class="whole" d="M860 94h120v20H860z" />
        {OPEN.map((state, place) => (
          <g key={state}>
            <text class="n" x={70 + 200 * place} y="146">
              {open(state)}
            </text>
            <text class="s" x={70 + 200 * place} y="165">
              {w.states[state]}
            </text>
          </g>
        ))}
        <text class="n" x="900" y="146">
          {all}
        </text>
        <text class="s" x="900" y="165">
          {w.liveVouchers}
        </text>
        {PASSED.map((state, place) => (
          <text key={state} class="f" x={170 + 200 * place} y="86">
            {passed(state)}
          </text>
        ))}
        {EXITS.map((state, place) => (
          <g key={state}>
            <path class="exit" d={`M${170 + 200 * place} 118V200m-5 0h10`} />
            <text class="s" x={170 + 200 * place} y="220">
              {w.states[state]}
            </text>
            <text class="e" x={170 + 200 * place} y="239">
              {passed(state)}
            </text>
          </g>
        ))}
      </svg>
      <dl class="flow-list">
        <div class="sub">
          <dt>{w.openNow}</dt>
        </div>
        {([...OPEN, "changing"] as const).map((state) => (
          <div key={state}>
            <dt>{w.states[state]}</dt>
            <dd>{open(state)}</dd>
          </div>
        ))}
        <div>
          <dt>{w.liveVouchers}</dt>
          <dd>{all}</dd>
        </div>
        <div class="sub">
          <dt>{w.passed}</dt>
        </div>
        {(["issued", ...EXITS] as const).map((state) => (
          <div key={state}>
            <dt>{w.states[state]}</dt>
            <dd>{passed(state)}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
