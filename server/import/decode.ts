/** The text of a file, whatever it is encoded in: what can't be read is an error, never replaced by something. */
import type { Input } from "./input.ts";
import { UnreadableFile } from "./unreadable-file.ts";

/** What can be read again from its beginning. */
export type Content = Pick<Input, "read">;

/** A piece of a file's text. */
export interface Piece {
  text: string;
  /** Bytes of the file read so far. */
  bytes: number;
}

/**
 * Reads a file as text. UTF-8, unless the caller names another encoding or the file itself shows that it is
 * UTF-16; a mark at the start (BOM) is left out, and decides.
 *
 * @throws UnreadableFile at the first byte that is not of the encoding.
 */
export async function* decodeFile(content: Content, encoding?: string): AsyncGenerator<Piece> {
  let decoder = encoding === undefined ? undefined : makeDecoder(encoding);
  let bytes = 0;
  try {
    for await (const chunk of content.read()) {
      if (bytes === 0) {
        const marked = encodingOfMark(chunk) ?? (decoder ? undefined : unmarkedUtf16(chunk));
        if (marked || !decoder) decoder = makeDecoder(marked ?? "utf-8");
      }
      bytes += chunk.length;
      const text = (decoder as TextDecoder).decode(chunk, { stream: true });
      yield { text: bytes === chunk.length ? text.replace(/^\ufeff/, "") : text, bytes };
    }
    yield { text: decoder?.decode() ?? "", bytes };
  } catch (error) {
    if (!(error instanceof TypeError) || decoder === undefined) throw error;
    throw new UnreadableFile(await sayDamage(content, decoder.encoding, encoding), { cause: error });
  }
}

/** Characters beyond ASCII that make it no accident that a file is UTF-8. */
const NO_ACCIDENT = 8;

/**
 * Reads a file as a whole, so that nothing of it is taken when a part of it can't be.
 *
 * @throws UnreadableFile also when the file is UTF-8 but said to be something else, which would read as garbage.
 */
export async function checkEncoding(content: Content, encoding?: string): Promise<void> {
  for await (const _piece of decodeFile(content, encoding));
  if (encoding === undefined || makeDecoder(encoding).encoding === "utf-8") return;
  let beyond = 0;
  try {
    for await (const { text } of decodeFile(content, "utf-8"))
      beyond += text.match(/[^\0-\u007f]/gu)?.length ?? 0;
  } catch (error) {
    if (error instanceof UnreadableFile) return;
    throw error;
  }
  if (beyond >= NO_ACCIDENT && !(await hasMark(content))) {
    throw new UnreadableFile(`it is UTF-8, not ${encoding}: leave --encoding away. Nothing was kept.`);
  }
}

function makeDecoder(encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UnreadableFile(
      `"${encoding}" is no encoding that can be read: as in gb18030, big5, shift_jis, utf-16le or windows-1252`,
      { cause: error },
    );
  }
}

function encodingOfMark(start: Buffer): string | undefined {
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return "utf-8";
  if (start[0] === 0xff && start[1] === 0xfe) return "utf-16le";
  if (start[0] === 0xfe && start[1] === 0xff) return "utf-16be";
  return undefined;
}

async function hasMark(content: Content): Promise<boolean> {
  for await (const chunk of content.read()) return encodingOfMark(chunk) !== undefined;
  return false;
}

/** UTF-16 shows without a mark too, since the first character, of a column's name, is one of ASCII. */
function unmarkedUtf16(start: Buffer): string | undefined {
  if (start.length < 2 || (start[0] === 0) === (start[1] === 0)) return undefined;
  return start[0] === 0 ? "utf-16be" : "utf-16le";
}

/** @param asked the encoding that the caller has named. */
async function sayDamage(content: Content, encoding: string, asked: string | undefined): Promise<string> {
  const where = `line ${await damagedLine(content, encoding)}`;
  const advice =
    asked === undefined
      ? "Save it as UTF-8, or say how it is encoded, as in --encoding gb18030."
      : `It is not what --encoding says.`;
  return `it is not ${encoding.toUpperCase()} (${where}). ${advice} Nothing was kept.`;
}

async function damagedLine(content: Content, encoding: string): Promise<number> {
  const decoder = new TextDecoder(encoding);
  let line = 1;
  for await (const chunk of content.read()) {
    const text = decoder.decode(chunk, { stream: true });
    const damage = text.indexOf("\ufffd");
    line += (damage < 0 ? text : text.slice(0, damage)).split("\n").length - 1;
    if (damage >= 0) break;
  }
  return line;
}
