/** Runs properties so that what failed can be run again. */
import fc from "fast-check";

export interface PropertyOptions {
  /** Names the property among those of its file. */
  name: string;
  /** Cases to try; `FC_RUNS` multiplies it. */
  runs?: number;
}

/**
 * Checks a property. A failure prints the smallest case found, and the environment variables that replay it:
 * `FC_SEED` the whole run, with `FC_PATH` that case alone. `FC_RUNS=20` tries twenty times as many.
 *
 * @throws Error when the property does not hold.
 */
export async function holds<Case>(
  property: fc.IRawProperty<Case>,
  { name, runs = 200 }: PropertyOptions,
): Promise<void> {
  const result = await fc.check(property, {
    numRuns: Math.ceil(runs * Number(process.env.FC_RUNS ?? 1)),
    ...replay(name),
  });
  if (!result.failed) return;
  const { seed, counterexamplePath } = result;
  const again = `FC_PROPERTY="${name}" FC_SEED=${seed} FC_PATH=${counterexamplePath}`;
  const reason = String((result.errorInstance as Error | null)?.stack ?? result.errorInstance);
  throw new Error(`${fc.defaultReportMessage(result)}\nIt failed with ${reason}\nRun it again with ${again}`);
}

/**
 * Checks a property on ever more cases until nothing is missing of what they have to lead to, which chance may leave out
 * for once. Answers what twenty times as many have not led to either.
 */
export async function leftOut<Case>(
  property: fc.IRawProperty<Case>,
  { missing, ...options }: PropertyOptions & { missing: () => string[] },
): Promise<string[]> {
  for (let more = 0; missing().length > 0 && more < 20; more++) await holds(property, options);
  return missing();
}

function replay(name: string): fc.Parameters<unknown> {
  const { FC_PROPERTY, FC_SEED, FC_PATH } = process.env;
  if (FC_SEED === undefined || (FC_PROPERTY !== undefined && FC_PROPERTY !== name)) return {};
  return { seed: Number(FC_SEED), ...(FC_PATH && { path: FC_PATH, endOnFailure: true }) };
}
