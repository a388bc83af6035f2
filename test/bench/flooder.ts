/** A flood in a process of its own, so that whoever is measured beside it is not slowed down by sending it. */
import { setPriority } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { FLOODS, type FloodName, type Sent } from "./flood-kinds.ts";

const { FLOOD, FLOOD_URL, FLOOD_PER_SECOND, FLOOD_SHARES } = process.env as Record<string, string>;
// As a flood that comes from elsewhere, where those who are measured run on the same processors.
if (FLOOD_SHARES === "yes") setPriority(10);
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
