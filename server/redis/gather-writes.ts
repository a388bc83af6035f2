/**
 * Gathers what is sent to a server in one turn of the event loop into one system call. ioredis's own
 * autopipelining does that too, at the price of a pipeline and more promises for each command: twice the
 * processor time (`npm run bench -- client`).
 */
import type { Redis } from "ioredis";

/** Makes a line gather its writes. */
export function gatherWrites(redis: Redis): void {
  let corked: Redis["stream"] | undefined;
  const release = () => {
    corked?.uncork();
    corked = undefined;
  };
  const sendCommand = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, stream) => {
    // The stream is another one after each reconnect, and none before the first.
    if (corked === undefined && redis.stream) {
      corked = redis.stream;
      corked.cork();
      setImmediate(release);
    }
    return sendCommand(command, stream);
  };
}
