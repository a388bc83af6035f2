/**
 * A CSV's rows. Each line is read by itself, since no column of an account may hold a line break: so whatever
 * is wrong with a row, as a quote that nothing closes, ends with its line.
 */
import { IMPORT_COLUMNS, type RowFault } from "@tallystick/protocol";
import { CsvError, parse } from "csv-parse/sync";
import { type Content, decodeFile } from "./decode.ts";
import { LineSplitter, MAX_LINE } from "./lines.ts";
import { RowError } from "./row-error.ts";
import { UnreadableFile } from "./unreadable-file.ts";

const REQUIRED = IMPORT_COLUMNS.filter((column) => column !== "status");

const SEPARATORS = [",", ";", "\t"];
/** The line with which spreadsheets tell each other what separates fields. */
const SEPARATOR_LINE = /^"?sep=(.)"?$/i;

/** A row of the file. */
export interface Row {
  /** Line of the file, the first being 1. */
  line: number;
  /** Its fields by column, or why it has none. */
  content: Record<string, string> | RowError;
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
export async function* readRows(content: Content, encoding?: string): AsyncGenerator<Rows> {
  const reader = new RowReader();
  const splitter = new LineSplitter();
  let read = 0;
  for await (const { text, bytes } of decodeFile(content, encoding)) {
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
  #makeRow(fields: string[] | RowError): Row | undefined {
    const line = this.#line;
    const columns = this.#columns ?? [];
    if (fields instanceof RowError) return { line, content: fields };
    if (fields.every((field) => field === "")) return undefined;
    if (fields.length !== columns.length) {
      return { line, content: wrongCount(fields.length, columns.length) };
    }
    return {
      line,
      content: Object.fromEntries(columns.map((column, place) => [column, fields[place] ?? ""])),
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

function wrongCount(fields: number, columns: number): RowError {
  return new RowError(
    { code: "field_count", fields, columns },
    `has ${fields} fields, and the first line ${columns}`,
  );
}

/** The one that finds most of the names. */
function findSeparator(header: string): string {
  const known = (separator: string) =>
    namesIn(header, separator).filter((name) => (IMPORT_COLUMNS as readonly string[]).includes(name)).length;
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
  const unknown = header.filter((name) => !(IMPORT_COLUMNS as readonly string[]).includes(name));
  const repeated = header.filter((name, index) => header.indexOf(name) !== index);
  const problems = [
    missing.length > 0 && `lacks ${missing.join(", ")}`,
    unknown.length > 0 && `has the unknown ${unknown.map((name) => `"${name}"`).join(", ")}`,
    repeated.length > 0 && `has ${repeated.join(", ")} twice`,
  ].filter(Boolean);
  if (problems.length > 0) {
    throw new UnreadableFile(
      `the first line ${problems.join(" and ")}: it must name the columns ${IMPORT_COLUMNS.join(",")}`,
    );
  }
  return header;
}

const CLOSED_EARLY: readonly [RowFault, string] = [
  { code: "quote_closed_early" },
  "a quote is closed before its field ends: write two for one that belongs to the text",
];
/** Of the reader's codes, what is wrong and how it is said. */
const REASONS: { readonly [code: string]: readonly [RowFault, string] } = {
  CSV_QUOTE_NOT_CLOSED: [{ code: "quote_not_closed" }, "a quote is not closed"],
  CSV_INVALID_CLOSING_QUOTE: CLOSED_EARLY,
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: CLOSED_EARLY,
  INVALID_OPENING_QUOTE: [
    { code: "quote_in_field" },
    "a quote within a field: quote the whole field, and write two for one",
  ],
};

/**
 * The fields of a line (RFC 4180), without the white space around them.
 *
 * @throws RowError which says what is wrong with it.
 */
export function splitLine(line: string, separator: string): string[] {
  if (line.length > MAX_LINE) {
    const fault: RowFault = { code: "line_too_long", most: MAX_LINE };
    throw new RowError(fault, `is longer than ${MAX_LINE} characters`);
  }
  if (!line.includes('"')) return line.split(separator).map((field) => field.trim());
  try {
    const [fields = []] = parse(line, parsedBy(separator));
    return fields.map((field) => field.trim());
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const [fault, reason] = REASONS[error.code] ?? notCsv(error.code);
    throw new RowError(fault, reason, { cause: error });
  }
}

function notCsv(why: string): [RowFault, string] {
  return [{ code: "not_csv", why }, `is no row of CSV (${why})`];
}

/**
 * The fields of each line, or why it has none. Lines are read together where that comes to the same, which is
 * many times faster: when there are as many records as lines, none has gone beyond its own.
 */
export function splitLines(lines: readonly string[], separator: string): (string[] | RowError)[] {
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
      if (!(error instanceof RowError)) throw error;
      return error;
    }
  });
}

function parsedBy(separator: string) {
  return { delimiter: separator, trim: true, record_delimiter: "\n" } as const;
}
