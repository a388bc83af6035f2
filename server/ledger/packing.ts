/**
 * The form in which texts travel to a script and back, and lie in a record: a list of them is one text. For the
 * hub one long text costs a good deal less to write or to read than twenty short ones.
 */

/** Parts the values of a list. No text holds it, since control characters are refused at the edge. */
const SEPARATOR = "\x1f";

/** The arguments of a script as it takes them; a list of texts as it lies in the store. */
export function pack(args: readonly (string | number)[]): string {
  for (const arg of args) {
    if (typeof arg === "string" && arg.includes(SEPARATOR))
      throw new RangeError("a control character came where none can be");
  }
  return args.join(SEPARATOR);
}

/** The values of a script's reply. */
export function unpack(reply: unknown): string[] {
  return (reply as string).split(SEPARATOR);
}
