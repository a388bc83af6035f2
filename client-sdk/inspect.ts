/** The method by which Node, Deno and Bun show an object; named here, so that nothing of Node is imported. */
export const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/** What such a method is given to show its own fields with. */
export type Inspect = (fields: object, options: object) => string;
