/** Text in pieces to lines, however they end: CR LF, LF or CR. */

/** Longest line that is looked at, in UTF-16 code units; all that an account may hold is far shorter. */
export const MAX_LINE = 10_000;

export class LineSplitter {
  #rest = "";
  /** The text so far ends with CR: an LF that comes next belongs to it. */
  #afterCr = false;

  /** The lines that end in this piece. Of a line that is too long only so much is kept that this shows. */
  push(piece: string): string[] {
    if (piece === "") return [];
    const text = this.#afterCr && piece.startsWith("\n") ? piece.slice(1) : piece;
    this.#afterCr = piece.endsWith("\r");
    const lines = text.split(/\r\n|\n|\r/);
    lines[0] = this.#rest + lines[0];
    this.#rest = (lines.pop() ?? "").slice(0, MAX_LINE + 1);
    return lines;
  }

  /** The last line, when nothing ends it. */
  end(): string[] {
    const last = this.#rest;
    this.#rest = "";
    return last === "" ? [] : [last];
  }
}
