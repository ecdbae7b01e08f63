import { AppError } from "../../contracts/errors.ts";
import type {
  OperationParams,
  OperationResult,
  StreamKeyView,
} from "../../contracts/operations.ts";
import type { StreamKey } from "../../contracts/room.ts";
import type { Log } from "../../platform/log.ts";
import { hashStreamKey, newStreamKey } from "../../platform/stream_key.ts";
import { assertMayChange, type Caller } from "./caller.ts";
import { assertFound } from "./room_service.ts";
import type { RoomWriter } from "./room_writer.ts";

/** How many stream keys a room may have. */
const MAX_KEYS = 20;

export interface StreamKeyServiceOptions {
  readonly writer: RoomWriter;
  readonly log: Log;
  /** Unix time in ms. */
  readonly now?: () => number;
}

/** The keys with which encoders speak in a room. They are part of the room: gateways see them come and go. */
export class StreamKeyService {
  constructor(private readonly options: StreamKeyServiceOptions) {}

  /** @throws AppError `too_many_keys`, and what any change of a room can meet. */
  async create(
    { id, name }: OperationParams<"streamKey.create">,
    caller: Caller,
  ): Promise<OperationResult<"streamKey.create">> {
    const { writer, log, now = Date.now } = this.options;
    const fresh = newStreamKey();
    const made: StreamKey = {
      id: fresh.id,
      name,
      hash: hashStreamKey(fresh.key),
      createdAt: now(),
    };
    await writer.change(id, ({ meta }) => {
      const known = assertFound(id, meta);
      assertMayChange(known, caller);
      const keys = known.streamKeys ?? [];
      if (keys.some((key) => key.hash === made.hash)) return null;
      if (keys.length >= MAX_KEYS) {
        throw new AppError("too_many_keys", `A room has ${MAX_KEYS} at most: revoke one first`);
      }
      return { meta: { ...known, streamKeys: [...keys, made] } };
    });
    log.info({ roomId: id, keyId: made.id, by: caller?.sub }, "stream key made");
    return { ...viewOf(made), key: fresh.key };
  }

  async list(
    { id }: OperationParams<"streamKey.list">,
    caller: Caller,
  ): Promise<OperationResult<"streamKey.list">> {
    const { meta } = await this.options.writer.read(id);
    const known = assertFound(id, meta);
    assertMayChange(known, caller);
    return { keys: (known.streamKeys ?? []).map(viewOf) };
  }

  /** @throws AppError `not_found` when the room has no such key. */
  async revoke(params: OperationParams<"streamKey.revoke">, caller: Caller): Promise<null> {
    const { id, key: keyId } = params;
    await this.options.writer.change(id, ({ meta }, unheard) => {
      const known = assertFound(id, meta);
      assertMayChange(known, caller);
      const keys = known.streamKeys ?? [];
      const streamKeys = keys.filter((key) => key.id !== keyId);
      if (streamKeys.length < keys.length) return { meta: { ...known, streamKeys } };
      if (unheard) return null;
      throw new AppError("not_found", `The room has no stream key ${keyId}`);
    });
    this.options.log.info({ roomId: id, keyId, by: caller?.sub }, "stream key revoked");
    return null;
  }
}

function viewOf({ id, name, createdAt }: StreamKey): StreamKeyView {
  return { id, name, createdAt: new Date(createdAt).toISOString() };
}
