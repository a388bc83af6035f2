/** Output that nobody reads any more, as in `tallystick accounts list … | head`. */

let closed = false;

/** Lets a reader of the output go at any time: what is written after that is dropped, and no error. */
export function tolerateClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      if (stream === process.stdout) closed = true;
    });
  }
}

/** True once nobody reads standard output, so that a long list need not be read to its end. */
export function isOutputClosed(): boolean {
  return closed;
}
