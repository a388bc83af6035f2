/** A flood in a process of its own, so that whoever is measured beside it is not slowed down by sending it. */
import { setPriority } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { FLOODS, type FloodName, type Sent } from "./flood-kinds.ts";

// As a flood that comes from elsewhere: what is measured shares the processors with it.
setPriority(10);
const { FLOOD, FLOOD_URL, FLOOD_PER_SECOND } = process.env as Record<string, string>;
const sent: Sent = { messages: 0, accepted: 0, refused: 0 };
await FLOODS[FLOOD as FloodName]({
  url: FLOOD_URL as string,
  perSecond: Number(FLOOD_PER_SECOND),
  sent,
});
process.on("message", (question) => {
  if (question === "sent") process.send?.(sent);
});
// Nobody measures a flood that has not begun.
while (sent.messages === 0) await pause(10);
process.send?.({ url: FLOOD_URL });
