/**
 * Batches what is sent to a server in one turn of the event loop into one system call. ioredis's own
 * `enableAutoPipelining` does that too, at the price of a pipeline and more promises for each command: twice
 * the processor time (`npm run bench -- client`).
 */
import type { Redis } from "ioredis";

/** Makes a connection batch its writes. */
export function batchWrites(redis: Redis): void {
  let corked: Redis["stream"] | undefined;
  const flush = () => {
    corked?.uncork();
    corked = undefined;
  };
  const sendCommand = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, stream) => {
    // The stream is another one after each reconnect, and there is none before the first connect.
    if (corked === undefined && redis.stream) {
      corked = redis.stream;
      corked.cork();
      setImmediate(flush);
    }
    return sendCommand(command, stream);
  };
}
