/**
 * A CSV's rows. Each line is read by itself, since no column of an account may hold a line break: so whatever
 * is wrong with a row, as a quote that nothing closes, ends with its line.
 */
import { CsvError, parse } from "csv-parse/sync";
import { decodeFile } from "./decode.ts";
import { LineSplitter, MAX_LINE } from "./lines.ts";
import { UnreadableFile } from "./unreadable-file.ts";

/** The columns, in any order. `amount` is the balance or the limit, in decimals, as in 1,250.50. */
export const COLUMNS = ["party", "number", "holder", "kind", "currency", "amount", "status"] as const;
const REQUIRED = COLUMNS.filter((column) => column !== "status");

const SEPARATORS = [",", ";", "\t"];
/** The line with which spreadsheets tell each other what separates fields. */
const SEPARATOR_LINE = /^"?sep=(.)"?$/i;

/** A row of the file: its fields by column, or why it has none. */
export interface Row {
  /** Line of the file, the first being 1. */
  line: number;
  fields?: Record<string, string>;
  reason?: string;
}

/** How many lines are read together: whoever reads a file has other work too, and does it between them. */
const LINES_AT_ONCE = 200;

/** Rows that were read together; of lines without any content there are none. */
export interface Rows {
  rows: Row[];
  /** Bytes of the file read so far. */
  bytes: number;
}

/**
 * Reads the rows below the header. Those without any content are passed over.
 *
 * @throws UnreadableFile when the file as a whole can't be read: nothing in it, columns that are missing or unknown,
 * another encoding.
 */
export async function* readRows(path: string, encoding?: string): AsyncGenerator<Rows> {
  const reader = new RowReader();
  const splitter = new LineSplitter();
  let read = 0;
  for await (const { text, bytes } of decodeFile(path, encoding)) {
    const lines = splitter.push(text);
    for (let place = 0; place < lines.length; place += LINES_AT_ONCE)
      yield { rows: reader.read(lines.slice(place, place + LINES_AT_ONCE)), bytes };
    read = bytes;
  }
  yield { rows: reader.read(splitter.end()), bytes: read };
  reader.end();
}

class RowReader {
  #line = 0;
  #separator: string | undefined;
  #columns: string[] | undefined;

  read(lines: readonly string[]): Row[] {
    let place = 0;
    while (!this.#columns && place < lines.length) {
      this.#line += 1;
      this.#readHeader(lines[place++] ?? "");
    }
    const rows: Row[] = [];
    for (const fields of splitLines(lines.slice(place), this.#separator ?? ",")) {
      this.#line += 1;
      const row = this.#makeRow(fields);
      if (row) rows.push(row);
    }
    return rows;
  }

  /** @throws UnreadableFile when there was nothing in the file. */
  end(): void {
    if (!this.#columns) throw new UnreadableFile("it is empty: its first line must name the columns");
  }

  /** Undefined for a row that is to be passed over. */
  #makeRow(fields: string[] | RangeError): Row | undefined {
    const line = this.#line;
    const columns = this.#columns ?? [];
    if (fields instanceof RangeError) return { line, reason: fields.message };
    if (fields.every((field) => field === "")) return undefined;
    if (fields.length !== columns.length) {
      return { line, reason: `has ${fields.length} fields, and the first line ${columns.length}` };
    }
    return {
      line,
      fields: Object.fromEntries(columns.map((column, place) => [column, fields[place] ?? ""])),
    };
  }

  #readHeader(text: string): void {
    const separator = SEPARATOR_LINE.exec(text.trim())?.[1];
    if (separator !== undefined) this.#separator = separator;
    else if (/[^\s,;"]/.test(text)) {
      this.#separator ??= findSeparator(text);
      this.#columns = checkHeader(namesIn(text, this.#separator));
    }
  }
}

/** The one that finds most of the names. */
function findSeparator(header: string): string {
  const known = (separator: string) =>
    namesIn(header, separator).filter((name) => (COLUMNS as readonly string[]).includes(name)).length;
  return SEPARATORS.reduce((best, separator) => (known(separator) > known(best) ? separator : best));
}

function namesIn(header: string, separator: string): string[] {
  try {
    return splitLine(header, separator).map((name) => name.toLowerCase());
  } catch {
    return [header.slice(0, 100)];
  }
}

function checkHeader(header: string[]): string[] {
  const missing = REQUIRED.filter((column) => !header.includes(column));
  const unknown = header.filter((name) => !(COLUMNS as readonly string[]).includes(name));
  const repeated = header.filter((name, index) => header.indexOf(name) !== index);
  const problems = [
    missing.length > 0 && `lacks ${missing.join(", ")}`,
    unknown.length > 0 && `has the unknown ${unknown.map((name) => `"${name}"`).join(", ")}`,
    repeated.length > 0 && `has ${repeated.join(", ")} twice`,
  ].filter(Boolean);
  if (problems.length > 0) {
    throw new UnreadableFile(
      `the first line ${problems.join(" and ")}: it must name the columns ${COLUMNS.join(",")}`,
    );
  }
  return header;
}

const CLOSED_EARLY = "a quote is closed before its field ends: write two for one that belongs to the text";
const REASONS: { readonly [code: string]: string } = {
  CSV_QUOTE_NOT_CLOSED: "a quote is not closed",
  CSV_INVALID_CLOSING_QUOTE: CLOSED_EARLY,
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: CLOSED_EARLY,
  INVALID_OPENING_QUOTE: "a quote within a field: quote the whole field, and write two for one",
};

/**
 * The fields of a line (RFC 4180), without the white space around them.
 *
 * @throws RangeError which says what is wrong with it.
 */
export function splitLine(line: string, separator: string): string[] {
  if (line.length > MAX_LINE) throw new RangeError(`is longer than ${MAX_LINE} characters`);
  if (!line.includes('"')) return line.split(separator).map((field) => field.trim());
  try {
    const [fields = []] = parse(line, parsedBy(separator));
    return fields.map((field) => field.trim());
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const reason = REASONS[error.code] ?? `is no row of CSV (${error.code})`;
    throw new RangeError(reason, { cause: error });
  }
}

/**
 * The fields of each line, or why it has none. Lines are read together where that comes to the same, which is
 * many times faster: when there are as many records as lines, none has gone beyond its own.
 */
export function splitLines(lines: readonly string[], separator: string): (string[] | RangeError)[] {
  if (lines.some((line) => line.includes('"')) && lines.every((line) => line.length <= MAX_LINE)) {
    try {
      const records = parse(lines.join("\n"), { ...parsedBy(separator), relax_column_count: true });
      if (records.length === lines.length)
        return records.map((fields) => fields.map((field) => field.trim()));
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
    }
  }
  return lines.map((line) => {
    try {
      return splitLine(line, separator);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return error;
    }
  });
}

function parsedBy(separator: string) {
  return { delimiter: separator, trim: true, record_delimiter: "\n" } as const;
}
