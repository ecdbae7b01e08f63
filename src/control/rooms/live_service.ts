import { randomId, type RoomId } from "../../contracts/ids.ts";
import type { OperationParams, RoomView } from "../../contracts/operations.ts";
import type { PartFrames } from "../../contracts/room.ts";
import type { NodePresence } from "../../contracts/states.ts";
import type { VersionedRoom } from "../../coordination/rooms.ts";
import type { Log } from "../../platform/log.ts";
import type { Placement } from "../resources/resource_manager.ts";
import { assertMayChange, type Caller } from "./caller.ts";
import { assertFound } from "./room_service.ts";
import type { RoomWriter } from "./room_writer.ts";
import { startWrites, stopWrites } from "./transitions.ts";
import { roomView } from "../../contracts/room_view.ts";

/** Where rooms can be placed: the Resource Manager. */
export interface Placer {
  /** @throws AppError `no_capacity` that says why. */
  pickJanus(): Placement;
  /** @throws AppError `no_capacity` that says why. */
  pickMixer(): Placement;
}

export interface LiveServiceOptions {
  readonly writer: RoomWriter;
  readonly nodes: NodePresence;
  readonly placer: Placer;
  readonly log: Log;
  /** AAC frames in a part of a new broadcast. */
  readonly partFrames: PartFrames;
  /** Unix time in ms. */
  readonly now?: () => number;
}

/** A room's broadcasts: start and stop, each one transaction, each the same when said twice. */
export class LiveService {
  readonly #now: () => number;

  constructor(private readonly options: LiveServiceOptions) {
    this.#now = options.now ?? Date.now;
  }

  /** @throws AppError `no_capacity` when no node takes the room; nothing is written then. */
  async start({ id }: OperationParams<"room.start">, caller: Caller): Promise<RoomView> {
    const { writer, placer, log, partFrames } = this.options;
    const liveId = randomId(12);
    let placements: readonly Placement[] = [];
    const release = () => {
      for (const placement of placements) placement.release();
      placements = [];
    };
    try {
      const room = await writer.change(id, (room) => {
        const meta = assertFound(id, room.meta);
        assertMayChange(meta, caller);
        if (room.livemeta !== null) return null;
        release();
        const janus = placer.pickJanus();
        placements = [janus];
        const mixer = placer.pickMixer();
        placements = [janus, mixer];
        const [janusId, mixerId] = [janus.node.id, mixer.node.id];
        const startedAt = this.#now();
        const choice = { liveId, janusId, mixerId, standbyId: null, partFrames, startedAt };
        return startWrites(room, meta, choice);
      });
      if (room.livemeta?.liveId === liveId) {
        const { epoch, janusId, mixerId } = room.livemeta;
        log.info({ roomId: id, liveId, epoch, janusId, mixerId, by: caller?.sub }, "room started");
      } else release();
      return this.#view(id, room);
    } catch (err) {
      release();
      throw err;
    }
  }

  async stop({ id }: OperationParams<"room.stop">, caller: Caller): Promise<RoomView> {
    let liveId: string | undefined;
    const room = await this.options.writer.change(id, (room) => {
      const meta = assertFound(id, room.meta);
      assertMayChange(meta, caller);
      liveId = room.livemeta?.liveId ?? liveId;
      return stopWrites(room, meta, this.#now());
    });
    if (liveId !== undefined) {
      this.options.log.info({ roomId: id, liveId, by: caller?.sub }, "room stopped");
    }
    return this.#view(id, room);
  }
  #view(id: RoomId, room: VersionedRoom): RoomView {
    return roomView(assertFound(id, room.meta), room, this.#now(), this.options.nodes);
  }
}
