/** A token, or what gets one. */
export type TokenSource = string | (() => string | Promise<string>);
