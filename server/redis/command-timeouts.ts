/**
 * Command time-outs with one timer for the connection. All commands have the same time-out, so the command
 * that was sent first is due first. ioredis's own `commandTimeout` has a timer for each command, which costs
 * a busy hub 3 % of its time.
 */
import type { Redis } from "ioredis";

type Command = Parameters<Redis["sendCommand"]>[0];

/** A command that was sent, and the one sent after it. */
interface Sent {
  readonly command: Command;
  /** When it times out, milliseconds on the clock of `performance.now`. */
  readonly dueAt: number;
  next: Sent | undefined;
}

/** Makes each command of a connection fail with "Command timed out" when it is not answered within `timeoutMs`. */
export function addCommandTimeouts(redis: Redis, timeoutMs: number): void {
  let first: Sent | undefined;
  let last: Sent | undefined;
  let timer: NodeJS.Timeout | undefined;
  const dropAnswered = () => {
    while (first?.command.isSettled) first = first.next;
  };
  const schedule = (now: number) => {
    // Unreferenced, so that a closed connection does not keep the process alive.
    timer = first && setTimeout(rejectOverdue, Math.max(0, first.dueAt - now)).unref();
  };
  const rejectOverdue = () => {
    const now = performance.now();
    for (dropAnswered(); first && first.dueAt <= now; dropAnswered())
      first.command.reject(new Error("Command timed out"));
    schedule(now);
  };
  const sendCommand = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, stream) => {
    const now = performance.now();
    // A command that is sent again after a reconnect keeps its first time-out: it is still in the list.
    const sent: Sent = { command, dueAt: now + timeoutMs, next: undefined };
    dropAnswered();
    if (first) (last as Sent).next = sent;
    else first = sent;
    last = sent;
    if (!timer) schedule(now);
    return sendCommand(command, stream);
  };
}
