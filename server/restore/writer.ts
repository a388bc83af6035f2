/** Writes commands to the store, many at once, those of one partition in their order. */
import { groupBy } from "../ledger/group-by.ts";
import type { Store } from "../redis/connect.ts";
import type { Write } from "./writes.ts";

const AT_ONCE = 1000;

export class Writer {
  readonly #store: Store;
  #waiting: Write[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  async write(writes: Iterable<Write>): Promise<void> {
    for (const write of writes) {
      this.#waiting.push(write);
      if (this.#waiting.length >= AT_ONCE) await this.flush();
    }
  }

  /** @throws the store's error when something could not be written. */
  async flush(): Promise<void> {
    const writes = this.#waiting;
    this.#waiting = [];
    // In a cluster what is sent together has to be for one server.
    const byPartition = groupBy(writes, ({ partition }) => partition);
    const send = async (some: readonly Write[]) => {
      const commands = some.map(({ command: [name, ...args] }) => [name.toLowerCase(), ...args]);
      for (const [error] of (await this.#store.pipeline(commands).exec()) ?? []) if (error) throw error;
    };
    await Promise.all([...byPartition.values()].map(send));
  }
}
