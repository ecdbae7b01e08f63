import type { ListenLink } from "../../../src/contracts/listen_links.ts";
import type { RoomPage, RoomView } from "../../../src/contracts/operations.ts";
import type { Participant } from "../../../src/contracts/rpc.ts";
import { ROOM_STATES, type RoomState } from "../../../src/contracts/states.ts";
import type { TokenPair, UserView } from "../../../src/contracts/users.ts";
import { flag, list, nullable, number, oneOf, type Reader, shape, text } from "./shape.ts";

const STATES = Object.keys(ROOM_STATES) as RoomState[];

export const roomState: Reader<RoomState> = oneOf(...STATES);

export const readRoom: Reader<RoomView> = shape<RoomView>({
  id: text,
  title: text,
  owner: shape({ id: text, name: text }),
  hasPin: flag,
  redundancy: (value, at) => number(value, at) === 2 ? 2 : 1,
  access: (value) => value === "signed" ? "signed" : "open",
  createdAt: text,
  state: roomState,
  stateText: text,
  reasons: list(text),
  live: nullable(
    shape({
      id: text,
      epoch: number,
      startedAt: text,
      janusId: text,
      mixerId: text,
      standbyId: nullable(text),
    }),
  ),
  links: shape({ listen: text, studio: text, hls: text, classic: text }),
});

export const readLink: Reader<ListenLink> = shape<ListenLink>({
  listen: text,
  hls: text,
  classic: text,
  expiresAt: text,
});

export const readRoomPage: Reader<RoomPage> = shape<RoomPage>({
  rooms: list(readRoom),
  nextCursor: nullable(text),
});

export const readUser: Reader<UserView> = shape<UserView>({
  id: text,
  name: text,
  login: nullable(text),
  role: oneOf("guest", "user", "admin"),
  createdAt: text,
});

export const readTokens: Reader<TokenPair> = shape<TokenPair>({
  accessToken: text,
  expiresIn: number,
  refreshToken: text,
  user: readUser,
});

export const readParticipant: Reader<Participant> = shape<Participant>({
  id: text,
  userId: text,
  name: text,
  role: oneOf("host", "speaker"),
  muted: flag,
});
