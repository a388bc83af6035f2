/** What is asked of the hub for a view: not there yet, there, or why not. */
import { type Signal, useSignal } from "@preact/signals";
import { isTallystickError, newCommandId, type Operator } from "@tallystick/client/operator";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { operator } from "./operator.ts";

export interface Loaded<T> {
  value: Signal<T | undefined>;
  error: Signal<unknown>;
  again: () => Promise<void>;
}

/** Asks when the view is drawn first, and when what it depends on changes. */
export function useLoaded<T>(ask: (hub: Operator) => Promise<T>, by: readonly unknown[]): Loaded<T> {
  const value = useSignal<T | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  const again = useCallback(async () => {
    const hub = operator.value;
    if (!hub) return;
    try {
      value.value = await ask(hub);
      error.value = undefined;
    } catch (problem) {
      error.value = problem;
    }
  }, by);
  useEffect(() => {
    value.value = undefined;
    void again();
  }, [again]);
  return { value, error, again };
}

export interface Listed<T> {
  rows: Signal<readonly T[] | undefined>;
  error: Signal<unknown>;
  /** True once there is nothing more. */
  isAll: Signal<boolean>;
  more: () => Promise<void>;
  again: () => void;
}

/** A list, so many rows at a time. */
export function useListed<T>(
  begin: (hub: Operator) => AsyncGenerator<T, void>,
  by: readonly unknown[],
  page = 50,
): Listed<T> {
  const rows = useSignal<readonly T[] | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  const isAll = useSignal(false);
  const round = useSignal(0);
  const list = useSignal<AsyncGenerator<T, void> | undefined>(undefined);
  const more = async () => {
    const from = list.value;
    if (!from) return;
    const found: T[] = [];
    try {
      while (found.length < page) {
        const { done, value } = await from.next();
        if (done) isAll.value = true;
        if (done || list.value !== from) break;
        found.push(value);
      }
      if (list.value === from) rows.value = [...(rows.value ?? []), ...found];
    } catch (problem) {
      if (list.value === from) error.value = problem;
    }
  };
  useEffect(() => {
    const hub = operator.value;
    rows.value = undefined;
    error.value = undefined;
    isAll.value = false;
    list.value = hub && begin(hub);
    void more();
  }, [...by, round.value]);
  const again = () => {
    round.value += 1;
  };
  return { rows, error, isAll, more, again };
}

export interface Doing {
  isBusy: Signal<boolean>;
  error: Signal<unknown>;
  /**
   * Does it, unless something is under way. The same again is under the same `commandId` as long as nobody knows what
   * came of it, so that it is done once; anything else is another intent.
   *
   * @param content what tells it from others.
   */
  run: (act: (hub: Operator, commandId: string) => Promise<unknown>, content?: unknown) => Promise<boolean>;
}

/** What an operator does: once at a time, and what it was refused for. */
export function useDoing(): Doing {
  const isBusy = useSignal(false);
  const error = useSignal<unknown>(undefined);
  const open = useRef<{ commandId: string; content: string } | undefined>(undefined);
  const run: Doing["run"] = async (act, content) => {
    const hub = operator.value;
    if (!hub || isBusy.value) return false;
    const asked = JSON.stringify(content ?? "");
    if (open.current?.content !== asked) open.current = { commandId: newCommandId(), content: asked };
    const { commandId } = open.current;
    isBusy.value = true;
    error.value = undefined;
    try {
      await act(hub, commandId);
      open.current = undefined;
      return true;
    } catch (problem) {
      error.value = problem;
      if (!isTallystickError(problem) || problem.money !== "unknown") open.current = undefined;
      return false;
    } finally {
      isBusy.value = false;
    }
  };
  return { isBusy, error, run };
}
