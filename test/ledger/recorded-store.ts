/** A store that writes down each script that is sent through it. */
import type { Store } from "../../server/redis/connect.ts";

export interface ScriptCall {
  /** Digest of the script. */
  sha: string;
  keys: string[];
  args: string[];
}

/** The same store; each EVALSHA that goes through it is appended to `calls`. */
export function recordScripts(store: Store, calls: ScriptCall[]): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (name !== "evalsha") return value.bind(target);
      return (sha: string, count: number, ...rest: (string | number)[]) => {
        calls.push({ sha, keys: rest.slice(0, count).map(String), args: rest.slice(count).map(String) });
        return target.evalsha(sha, count, ...rest);
      };
    },
  });
}
