/** Cuts what a Redis server says into whole replies, so that a test can lose or repeat single ones. */

const NEWLINE = Buffer.from("\r\n");

export class RespFrames {
  #rest: Buffer = Buffer.alloc(0);
  #isReplication = false;

  /** The replies that are whole with this chunk, each as it came. */
  push(chunk: Buffer): Buffer[] {
    // What a master sends its replica afterwards is no reply.
    this.#isReplication ||= chunk.includes("+FULLRESYNC") || chunk.includes("+CONTINUE");
    if (this.#isReplication) return [chunk];
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    let start = 0;
    for (let end = endOfReply(data, start); end > 0; end = endOfReply(data, start)) {
      frames.push(data.subarray(start, end));
      start = end;
    }
    this.#rest = data.subarray(start);
    return frames;
  }
}

/** Where the reply that starts here ends; -1 when it is not whole yet. RESP2 and RESP3. */
function endOfReply(data: Buffer, start: number): number {
  const lineEnd = data.indexOf(NEWLINE, start);
  if (lineEnd < 0) return -1;
  const after = lineEnd + NEWLINE.length;
  const type = String.fromCharCode(data[start] ?? 0);
  const length = Number(data.toString("latin1", start + 1, lineEnd));
  if ("$=!".includes(type)) {
    const end = length < 0 ? after : after + length + NEWLINE.length;
    return end <= data.length ? end : -1;
  }
  if (!"*>~%".includes(type)) return after;
  let end = after;
  for (let left = type === "%" ? 2 * length : length; left > 0; left -= 1) {
    end = endOfReply(data, end);
    if (end < 0) return -1;
  }
  return end;
}

/** True for a message of pub/sub, plain or sharded. */
export function isPublished(frame: Buffer): boolean {
  return /^[*>]\d+\r\n\$\d+\r\n(s?message|pmessage)\r\n/.test(frame.toString("latin1", 0, 40));
}
