/** A signed link's proof as it stands behind the # of a listening page's address. */
const TICKET = /^#(~[A-Za-z0-9._-]{1,100})$/;

/**
 * The address of a room's playlist for whoever opened the page with this hash.
 *
 * @param hash Of the page's address, with its #; "" when there is none.
 */
export function playlistAddress(roomId: string, hash: string, classic: boolean): string {
  const ticket = TICKET.exec(hash)?.[1];
  const room = `/hls/${roomId}${ticket === undefined ? "" : `/${ticket}`}`;
  return `${room}/${classic ? "ts/index.m3u8" : "index.m3u8"}`;
}
