/** Which scenario comes next, so that the shares hold for a short run as well as for a long one. */

/** The shares that are taken unless others are given, per cent. */
const DEFAULT_SHARES = {
  straight: 48,
  "change-by-issuer": 8,
  "change-by-payer": 8,
  refused: 8,
  decline: 5,
  cancel: 5,
  silent: 1,
  drop: 5,
  draw: 5,
  approve: 4,
  release: 3,
} as const;

export type ScenarioName = keyof typeof DEFAULT_SHARES;
export const SCENARIO_NAMES = Object.keys(DEFAULT_SHARES) as ScenarioName[];

/** The weight of each scenario; only their proportion counts. */
export type Mix = { readonly [S in ScenarioName]?: number };

export const DEFAULT_MIX: Mix = DEFAULT_SHARES;

function isScenario(name: string): name is ScenarioName {
  return Object.hasOwn(DEFAULT_SHARES, name);
}

/**
 * Reads shares such as `straight=80,drop=20`; a scenario that is not named does not come.
 *
 * @throws RangeError when a name or a share is none.
 */
export function readMix(text: string): Mix {
  const shares = text.split(",").map((part): [ScenarioName, number] => {
    const [, name = "", share] = /^\s*([\w-]+)\s*=\s*(\d+(?:\.\d+)?)\s*$/.exec(part) ?? [];
    if (!isScenario(name)) {
      throw new RangeError(`shares of ${SCENARIO_NAMES.join(", ")}, as in straight=80,drop=20`);
    }
    return [name, Number(share)];
  });
  const mix: Mix = Object.fromEntries(shares);
  if (Object.keys(mix).length < shares.length)
    throw new RangeError("one share for each scenario, and no two");
  if (!Object.values(mix).some((share) => share > 0)) throw new RangeError("at least one share above 0");
  return mix;
}

/** Picks by smooth weighted round robin: after any number of picks each share is off by less than one. */
export function createPicker(mix: Mix): () => ScenarioName {
  const rows = Object.entries(mix)
    .filter(([, weight]) => weight > 0)
    .map(([name, weight]) => ({ name: name as ScenarioName, weight, credit: 0 }));
  const whole = rows.reduce((sum, { weight }) => sum + weight, 0);
  return () => {
    for (const row of rows) row.credit += row.weight;
    const best = rows.reduce((first, row) => (row.credit > first.credit ? row : first));
    best.credit -= whole;
    return best.name;
  };
}
