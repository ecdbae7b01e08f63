/** Where a room stands on the band, in [0, 1): always the same place for the same id (FNV-1a). */
export function placeOnBand(roomId: string): number {
  let hash = 0x811c9dc5;
  for (const character of roomId) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash / 2 ** 32;
}
