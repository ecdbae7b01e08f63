/** The text is no media playlist. */
export class PlaylistSyntaxError extends Error {
  override readonly name = "PlaylistSyntaxError";
}
