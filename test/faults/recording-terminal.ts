/** A terminal of a run, which records what it sends and is told. */
import { connect, type Issuance, isTallystickError, type Terminal, type Voucher } from "@tallystick/client";
import { END_STATES, isVoucherId } from "@tallystick/protocol";
import { type AnyState, type History, hasEndedIn, type View } from "./history.ts";
import { PACE, RECONNECTING } from "./pace.ts";
import { markOf, recordingParser } from "./recorder.ts";

export interface RecordingTerminalOptions {
  name: string;
  party: string;
  /** Of the load balancer. */
  url: string;
  token: string;
  history: History;
  /** Is told what nobody waits for and no fault explains. */
  onBug: (error: unknown) => void;
}

/** A terminal, and the views that it has of what it follows. */
export interface RecordingTerminal {
  readonly name: string;
  readonly party: string;
  readonly terminal: Terminal;
  /** Records what the terminal is told of an issuance from now on. */
  follow(issuance: Issuance): View;
  /** The same, of a voucher, until all that was honoured is paid out. */
  followVoucher(voucher: Voucher): View;
  /** The hub says that it does not have what the terminal knew. */
  notice(issuanceId: string, code: "rolled_back" | "not_found"): void;
}

/** Connects a terminal; whoever connects it closes it. */
export async function connectRecordingTerminal(
  options: RecordingTerminalOptions,
): Promise<RecordingTerminal> {
  const { name, party, url, token, history } = options;
  const parser = recordingParser({ terminal: name, party, history });
  const notice = (issuanceId: string, code: "rolled_back" | "not_found") =>
    void history.notices.push({ at: performance.now(), terminal: name, issuanceId, code });
  const onError = (error: unknown) => {
    // What fails while the store is away is of no account; any other error is the SDK's own.
    if (!isTallystickError(error)) options.onBug(error);
    // The end of an issuance, or of a voucher, was lost.
    else if (error.code === "rolled_back") {
      const id = error.details?.issuanceId ?? error.details?.voucherId;
      if (id) notice(String(id), error.code);
    }
  };
  const terminal = await connect(url, { token, onError, ...PACE, socket: { ...RECONNECTING, parser } });
  const views = new Map<string, View>();
  const viewOf = ({ id, snapshot }: Issuance | Voucher): { view: View; isNew: boolean } => {
    const before = views.get(id);
    if (before && before.failed === undefined && !isOver(before)) return { view: before, isNew: false };
    const { version, digest, state } = snapshot;
    const view: View = {
      terminal: name,
      party,
      issuanceId: id,
      from: { version, digest, state },
      events: [],
    };
    views.set(id, view);
    history.views.push(view);
    return { view, isNew: true };
  };
  const watch = async (voucher: Voucher, view: View) => {
    try {
      for await (const event of voucher.events()) view.events.push(markOf(event));
    } catch (error) {
      view.failed = isTallystickError(error) ? error.code : String(error);
      if (isTallystickError(error, "rolled_back") || isTallystickError(error, "not_found"))
        notice(voucher.id, error.code);
    }
  };
  return {
    name,
    party,
    terminal,
    notice,
    follow: (issuance) => {
      const { view, isNew } = viewOf(issuance);
      if (!isNew) return view;
      issuance.on((event) => view.events.push(markOf(event)));
      issuance.until(END_STATES).catch((error: unknown) => {
        view.failed = isTallystickError(error) ? error.code : String(error);
        if (isTallystickError(error, "rolled_back") || isTallystickError(error, "not_found"))
          notice(issuance.id, error.code);
      });
      return view;
    },
    followVoucher: (voucher) => {
      const { view, isNew } = viewOf(voucher);
      if (isNew) void watch(voucher, view);
      return view;
    },
  };
}

/** The state that a terminal knows last. */
export function stateOf(view: View): AnyState {
  return view.events.at(-1)?.state ?? view.from.state;
}

/** What is followed has ended; a voucher may be paid out after that, so one that has ended is followed on. */
function isOver(view: View): boolean {
  return !isVoucherId(view.issuanceId) && hasEndedIn(view.issuanceId, stateOf(view));
}
