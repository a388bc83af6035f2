/** What is wrong with one row of a file: a sentence for the command line, and a code with values for pages. */
import type { RowFault } from "@tallystick/protocol";

export class RowError extends RangeError {
  readonly fault: RowFault;

  /** @param message an English sentence, which is told as the row's `reason`. */
  constructor(fault: RowFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}
