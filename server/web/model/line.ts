/** The line to the hub: whether it is there, since when, and when it is tried again. */
import { computed, signal } from "@preact/signals";
import { isTallystickError, type Terminal } from "@tallystick/client";
import { now } from "./clock.ts";

/** Between two tries it waits twice as long each time, from about a second to this, milliseconds. */
const LONGEST_MS = 5000;
export type LineState =
  | { is: "live" }
  | { is: "cut"; since: number; nextTryAt: number }
  | { is: "back"; at: number };

export class Line {
  readonly state = signal<LineState>({ is: "live" });
  /** What went wrong where nobody waited for it. */
  readonly problem = signal<unknown>(undefined);
  /** How many steps happened while the line was cut. */
  readonly missed = signal(0);
  // Terminals that lost their hub together do not come back together.
  readonly #firstMs = 700 + Math.random() * 600;
  #tries = 0;
  #terminal: Terminal | undefined;
  /** Since when the line is there, on the hub's clock. */
  #backAt = Number.NEGATIVE_INFINITY;

  /** How Socket.IO tries again: without chance from try to try, so that the next can be told. */
  get pace() {
    return {
      reconnectionDelay: this.#firstMs,
      reconnectionDelayMax: LONGEST_MS,
      randomizationFactor: 0,
      timeout: 5000,
    };
  }

  watch(terminal: Terminal): void {
    this.#terminal = terminal;
    terminal.on("disconnected", () => {
      this.#tries = 0;
      this.missed.value = 0;
      this.state.value = { is: "cut", since: terminal.now, nextTryAt: this.#nextTry(terminal.now) };
    });
    terminal.on("connect_error", () => {
      const { value } = this.state;
      this.#tries += 1;
      if (value.is === "cut") this.state.value = { ...value, nextTryAt: this.#nextTry(terminal.now) };
    });
    terminal.on("connected", () => {
      this.#backAt = terminal.now;
      if (this.state.value.is === "cut") this.state.value = { is: "back", at: terminal.now };
    });
  }

  /** Does not wait for the next try. If this one fails, the pauses begin anew. */
  tryNow(): void {
    this.#tries = -1;
    this.#terminal?.reconnect();
  }

  /** The person has read that it is back. */
  close(): void {
    this.state.value = { is: "live" };
  }

  /** True for what happened while the line was there; what did not is counted. */
  sawHappen(at: number): boolean {
    const saw = at >= this.#backAt;
    if (!saw) this.missed.value += 1;
    return saw;
  }

  /** Seconds to the next try. */
  readonly secondsLeft = computed(() => {
    const { value } = this.state;
    return value.is === "cut" ? Math.max(0, Math.ceil((value.nextTryAt - now.value) / 1000)) : 0;
  });

  /** An error that no caller waits for. That the line is cut is told by itself. */
  trouble(error: unknown): void {
    if (isTallystickError(error) && error.code === "disconnected") return;
    this.problem.value = error;
  }

  #nextTry(at: number): number {
    return at + Math.min(LONGEST_MS, this.#firstMs * 2 ** this.#tries);
  }
}
