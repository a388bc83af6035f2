/** How an audit reads: many short commands at once, none of which can surprise it by what the store holds. */
import type { Store } from "../redis/connect.ts";

export type Command = readonly [name: string, ...args: (string | number)[]];

/** Reads; all keys have to be of one partition. A value of another type than the command's is undefined. */
export async function readTogether(store: Store, commands: readonly Command[]): Promise<unknown[]> {
  if (commands.length === 0) return [];
  const pipeline = store.pipeline(forClient(commands));
  return valuesOf(await pipeline.exec());
}

/** Reads at one moment; all keys have to be of one partition. */
export async function readAtOnce(store: Store, commands: readonly Command[]): Promise<unknown[]> {
  if (commands.length === 0) return [];
  return valuesOf(await store.multi(forClient(commands)).exec());
}

/** The client finds a command by its method's name. */
function forClient(commands: readonly Command[]): (string | number)[][] {
  return commands.map(([name, ...args]) => [name.toLowerCase(), ...args]);
}

function valuesOf(replies: [error: Error | null, value: unknown][] | null): unknown[] {
  return (replies ?? []).map(([error, value]) => {
    if (error === null) return value;
    if (error.message.startsWith("WRONGTYPE")) return undefined;
    throw error;
  });
}

/** The reply of HGETALL, which comes as a list or as an object. */
export function toHash(value: unknown): Record<string, string> {
  if (!Array.isArray(value)) return (value ?? {}) as Record<string, string>;
  const hash: Record<string, string> = {};
  for (let index = 0; index + 1 < value.length; index += 2) hash[value[index]] = value[index + 1];
  return hash;
}

/** The id of the last entry, from a reply of XREVRANGE; "0" when there is none. */
export function lastEntry(value: unknown): string {
  const [entry] = (value ?? []) as [id: string][];
  return entry?.[0] ?? "0";
}
