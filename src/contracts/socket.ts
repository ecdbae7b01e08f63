/**
 * What the page and the gateway agree on about the socket itself. It stands apart from the method
 * table, without schemas, so that the page can import it at no cost.
 */

/** The WebSocket subprotocol; the access token rides beside it as `jwt.<token>`. */
export const SUBPROTOCOL = "roomcast.v1";

/** Why the gateway closes a socket (RFC 6455 §7.4.2: 4000–4999 are for applications). */
export const CLOSE_CODES = {
  superseded: { code: 4001, reason: "A newer connection of yours took over" },
  unauthorized: { code: 4002, reason: "Sign in first" },
  too_slow: { code: 4003, reason: "The connection is too slow" },
  flooding: { code: 4004, reason: "Too many messages" },
  shutting_down: { code: 4005, reason: "This gateway is shutting down; connect again" },
  binary: { code: 1003, reason: "Only text messages" },
  too_large: { code: 1009, reason: "The message is too large" },
} as const;

/** The largest message (characters) a page may send. */
export const MAX_MESSAGE = 128 * 1024;
