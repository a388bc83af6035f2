/** What a hub tells an operator for as long as it listens: server-sent events, read from a response that does not end. */
import type { Calls } from "./operator-calls.ts";
import type { LiveSummary } from "./wire.ts";

/** How to listen. */
export interface LiveOptions {
  /** Ends the listening. */
  signal?: AbortSignal | undefined;
  /** Is told each time that the line is lost or can't be had; it is tried again, and again. */
  onLost?: ((error: unknown) => void) | undefined;
}

/** A hub tells something each two seconds; a line on which it has not for so long is dead, milliseconds. */
const SILENT_MS = 15_000;
const PAUSE_MS = { first: 500, longest: 5000 };

/** Listens, and goes on after the line was lost. Ends with the signal; throws what the hub refuses it for. */
export async function* listenLive(
  calls: Calls,
  { signal, onLost }: LiveOptions,
): AsyncGenerator<LiveSummary, void> {
  let pauseMs = PAUSE_MS.first;
  while (!signal?.aborted) {
    const line = new AbortController();
    const stop = () => line.abort();
    signal?.addEventListener("abort", stop);
    try {
      for await (const data of eventsOf(await calls.stream("/v1/live", line.signal), line)) {
        pauseMs = PAUSE_MS.first;
        yield JSON.parse(data) as LiveSummary;
      }
      if (!signal?.aborted) onLost?.(undefined);
    } catch (error) {
      if (signal?.aborted) return;
      if (!calls.isPassing(error)) throw error;
      onLost?.(error);
    } finally {
      // Whoever no longer asks for the next has stopped listening.
      line.abort();
      signal?.removeEventListener("abort", stop);
    }
    await calls.pause(pauseMs, signal);
    pauseMs = Math.min(2 * pauseMs, PAUSE_MS.longest);
  }
}

/** The data of each event; the line is cut when none comes for too long. */
async function* eventsOf(response: Response, line: AbortController): AsyncGenerator<string, void> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  // A read that begins after the hub has ended the response, and the line was cut, is never answered (Node 20).
  const cut = new Promise<never>((_, reject) => {
    const fail = () => reject(line.signal.reason);
    if (line.signal.aborted) fail();
    else line.signal.addEventListener("abort", fail, { once: true });
  });
  cut.catch(() => undefined);
  let rest = "";
  for (;;) {
    const timer = setTimeout(() => line.abort(), SILENT_MS);
    const { done, value } = await Promise.race([reader.read(), cut]).finally(() => clearTimeout(timer));
    if (done) return;
    const parts = (rest + decoder.decode(value, { stream: true })).split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part.startsWith("data: ")) yield part.slice("data: ".length);
  }
}
