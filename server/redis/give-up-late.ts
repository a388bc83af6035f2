/**
 * Gives up what a server does not answer in time, by one timer for the line. All commands may take equally long,
 * so that what was sent first is late first; ioredis's own `commandTimeout` has a timer for each, which costs a
 * busy hub 3 % of its time.
 */
import type { Redis } from "ioredis";

type Command = Parameters<Redis["sendCommand"]>[0];

/** A command under way, and the one that was sent after it. */
interface Sent {
  readonly command: Command;
  /** By when it has to be answered, milliseconds. */
  readonly dueAt: number;
  next: Sent | undefined;
}

/** Makes each command of a line fail with "Command timed out" when it is not answered within `timeoutMs`. */
export function giveUpLate(redis: Redis, timeoutMs: number): void {
  let first: Sent | undefined;
  let last: Sent | undefined;
  let timer: NodeJS.Timeout | undefined;
  const forgetAnswered = () => {
    while (first?.command.isSettled) first = first.next;
  };
  const wait = (now: number) => {
    // A line that is closed keeps no process waiting.
    timer = first && setTimeout(look, Math.max(0, first.dueAt - now)).unref();
  };
  const look = () => {
    const now = performance.now();
    for (forgetAnswered(); first && first.dueAt <= now; forgetAnswered())
      first.command.reject(new Error("Command timed out"));
    wait(now);
  };
  const sendCommand = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, stream) => {
    const now = performance.now();
    // What a line that came back sends once more keeps the time that it had.
    const sent: Sent = { command, dueAt: now + timeoutMs, next: undefined };
    forgetAnswered();
    if (first) (last as Sent).next = sent;
    else first = sent;
    last = sent;
    if (!timer) wait(now);
    return sendCommand(command, stream);
  };
}
