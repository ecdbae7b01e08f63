const PREFIX = "roomcast.pin.";

/** The PIN of a room made in this browser, so that its owner can pass it on; empty when unknown. */
export function knownPin(roomId: string): string {
  return localStorage.getItem(PREFIX + roomId) ?? "";
}

export function rememberPin(roomId: string, pin: string): void {
  localStorage.setItem(PREFIX + roomId, pin);
}
