import { type ErrorCode, ERRORS, type FieldError } from "../../../src/contracts/errors.ts";

/** What can go wrong in the page itself, beside the errors a server answers with. */
export type LocalCode =
  | "offline"
  | "timeout"
  | "bad_answer"
  | "no_microphone"
  | "mic_denied"
  | "mic_busy"
  | "insecure"
  | "no_webrtc"
  | "cannot_play"
  | "media_lost"
  | "superseded"
  | "flooding";

/** Sentences for what a person can do about it; those of the server's codes say more than its titles. */
const SENTENCES: Partial<Record<ErrorCode | LocalCode, string>> = {
  offline: "Roomcast cannot be reached. Check your connection; this page keeps trying.",
  timeout: "Roomcast took too long to answer. Try again.",
  bad_answer: "Roomcast gave an answer this page does not understand. Reload the page.",
  no_microphone: "No microphone was found. Plug one in, or choose another device.",
  mic_denied:
    "The browser may not use the microphone. Allow it in the address bar, then try again.",
  mic_busy: "The microphone does not answer. Another program may be using it.",
  insecure: "Browsers give the microphone only to secure pages. Open this page with https.",
  no_webrtc: "This browser cannot talk live. Use a current Chrome, Edge, Firefox or Safari.",
  cannot_play: "This browser cannot play the broadcast. Use a current browser.",
  media_lost: "The sound connection could not be made. A firewall may be in the way.",
  superseded: "You took your seat in another tab or device. Only one can be open at a time.",
  flooding: "This page sent too many messages and was cut off. Reload it.",
  internal: "Something went wrong on our side. Try again.",
  unauthorized: "Your sign-in has run out. Sign in again.",
  token_expired: "Your sign-in has run out. Sign in again.",
  forbidden: "Only the room's owner can do that.",
  room_not_found: "There is no such room. The link may be wrong, or the room was deleted.",
  room_exists: "A room with this address exists already. Choose another.",
  room_not_live: "The broadcast has not begun. The owner goes live first.",
  room_over: "This broadcast is over.",
  pin_required: "This room asks speakers for a PIN. The owner has it.",
  pin_wrong: "That PIN is wrong.",
  link_required: "This room is heard with a link from its owner. Ask them for one.",
  link_wrong: "This link is not good for this room. Ask the owner for a new one.",
  link_expired: "This link has expired. Ask the owner for a new one.",
  too_many_requests: "Too many tries. Wait a little, then try again.",
  no_capacity: "No media node is free right now. Try again in a moment.",
  unavailable: "A part of Roomcast is away right now. Try again in a moment.",
  already_joined: "You are in a room already. Leave it first.",
  not_joined: "You are not in the room any more. Join again.",
  seat_gone: "You are not in the room any more. Join again.",
  media_failed: "The media server refused the connection. Try again.",
  login_failed: "The name or the password is wrong.",
  name_taken: "That login name is taken.",
  guests_off: "Guests are not let in here. Sign in or make an account.",
};

/** What a failed request or a failing device is to the page: a code, and a sentence for a person. */
export class ClientError extends Error {
  override readonly name = "ClientError";

  /**
   * @param detail What the server said of this very case.
   * @param retryAfterS Seconds after which a retry makes sense.
   */
  constructor(
    readonly code: ErrorCode | LocalCode,
    readonly detail: string = "",
    readonly fields: readonly FieldError[] = [],
    readonly retryAfterS: number | undefined = undefined,
    options: ErrorOptions = {},
  ) {
    super(sentence(code, detail, fields, retryAfterS), options);
  }

  /** True when the same call may succeed later without anything being changed. */
  get retry(): boolean {
    if (isServerCode(this.code)) return ERRORS[this.code].retry;
    return this.code === "offline" || this.code === "timeout" || this.code === "media_lost";
  }
}

/** True for the codes of the server's table. */
export function isServerCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

function sentence(
  code: ErrorCode | LocalCode,
  detail: string,
  fields: readonly FieldError[],
  retryAfterS: number | undefined,
): string {
  if (code === "too_many_requests" && retryAfterS !== undefined) {
    return `Too many tries. Try again in ${waitInWords(retryAfterS)}.`;
  }
  if (code === "invalid_params") {
    const field = fields[0];
    return field === undefined ? "A value is not valid." : fieldSentence(field);
  }
  const known = SENTENCES[code];
  if (known !== undefined) return known;
  if (detail !== "") return /[.!?]$/.test(detail) ? detail : `${detail}.`;
  return isServerCode(code) ? `${ERRORS[code].title}.` : "Something went wrong.";
}

function fieldSentence({ pointer, detail }: FieldError): string {
  const name = pointer.split("/").at(-1) ?? "";
  return name === "" ? `A value is not valid: ${detail}.` : `Check the ${name}: ${detail}.`;
}

function waitInWords(seconds: number): string {
  if (seconds <= 1) return "a second";
  if (seconds < 90) return `${Math.ceil(seconds)} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

/** Any thrown value as a {@link ClientError}; what the page did not foresee becomes `internal`. */
export function asClientError(thrown: unknown): ClientError {
  if (thrown instanceof ClientError) return thrown;
  return new ClientError("internal", "", [], undefined, { cause: thrown });
}
