import { AppError } from "../../contracts/errors.ts";
import { SUBPROTOCOL } from "../../contracts/rpc.ts";

const TOKEN = /^jwt\.([\w-]+\.[\w-]+\.[\w-]*)$/;

/**
 * The access token that a page offers beside the subprotocol (`Sec-WebSocket-Protocol`, RFC 6455 §11.3.4): a
 * browser cannot send an Authorization header with a WebSocket, and a URL would end up in logs.
 *
 * @throws AppError `invalid_request` without {@link SUBPROTOCOL}, `unauthorized` without a token.
 */
export function offeredToken(header: string | null): string {
  const offers = (header ?? "").split(",").map((offer) => offer.trim());
  if (!offers.includes(SUBPROTOCOL)) {
    throw new AppError("invalid_request", `Offer the WebSocket subprotocol ${SUBPROTOCOL}`);
  }
  for (const offer of offers) {
    const token = TOKEN.exec(offer)?.[1];
    if (token !== undefined) return token;
  }
  throw new AppError("unauthorized", "Offer the access token as the subprotocol jwt.<token>");
}

/**
 * Whether a page of this origin may connect. Browsers send Origin with every WebSocket; without one it is no
 * browser, and only `*` lets it in.
 */
export function originAllowed(origin: string | null, allowed: readonly string[]): boolean {
  return allowed.includes("*") || (origin !== null && allowed.includes(origin));
}
