import { z } from "zod";
import { DisplayName, UserId } from "../../contracts/ids.ts";
import type { Participant } from "../../contracts/rpc.ts";
import type { BridgeParticipant } from "../../platform/janus/types.ts";

/** What a participant's `display` holds on the AudioBridge, so that any gateway can tell who it is. */
const Display = z.object({
  u: UserId,
  n: DisplayName,
  r: z.enum(["host", "speaker"]),
});

/** Whom a display that is not ours belongs to: somebody who came to Janus on another way. */
const STRANGER = { userId: "unknown", name: "Somebody", role: "speaker" } as const;

/** The display of a participant. */
export function encodeDisplay({ userId, name, role }: Omit<Participant, "id" | "muted">): string {
  return JSON.stringify({ u: userId, n: name, r: role });
}

/** The participant that Janus tells of. A display that is not ours becomes a name, if it can be one. */
export function toParticipant(
  { id, display, muted }: Omit<BridgeParticipant, "connected">,
): Participant {
  const seat = id.slice(0, 80);
  const ours = Display.safeParse(parseJson(display));
  if (ours.success) {
    const { u, n, r } = ours.data;
    return { id: seat, userId: u, name: n, role: r, muted };
  }
  const name = DisplayName.safeParse(display.slice(0, 48));
  return { id: seat, ...STRANGER, ...(name.success ? { name: name.data } : {}), muted };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
