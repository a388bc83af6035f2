/** Where a page of the archive ends: a time and an id, which never change, so that a cursor stays good while others are written. */

/** After this one comes the rest of a list. */
export interface Cursor {
  at: number;
  id: string;
}

export function writeCursor({ at, id }: Cursor): string {
  return `${at}:${id}`;
}

/** Reads a cursor of the form that the protocol's schema lets through. */
export function readCursor(text: string): Cursor {
  const colon = text.indexOf(":");
  return { at: Number(text.slice(0, colon)), id: text.slice(colon + 1) };
}
