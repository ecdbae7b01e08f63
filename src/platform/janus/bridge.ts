import { z } from "zod";
import { ForwarderAdded, ForwarderList, RoomList } from "./messages.ts";
import type { PluginHandle } from "./plugin_handle.ts";
import { FORWARD_PAYLOAD_TYPE, ROOM_OPTIONS } from "./room_options.ts";
import { type AudioBridge, AUDIOBRIDGE_ERRORS, type ForwarderInfo, JanusError } from "./types.ts";

const Anything = z.unknown();

/** Room management over one handle. */
export class HandleBridge implements AudioBridge {
  /**
   * @param admin What proves that we may manage rooms: the admin_key, if Janus has one.
   * @param rtpParticipants Whether participants of rooms made here may come by plain RTP too.
   */
  constructor(
    private readonly handle: PluginHandle,
    private readonly admin: { readonly admin_key?: string },
    private readonly rtpParticipants: boolean,
    private readonly release: () => Promise<void>,
  ) {}

  async listRooms(): Promise<string[]> {
    const { list } = await this.handle.ask({ request: "list", ...this.admin }, RoomList);
    return list.map(({ room }) => room);
  }

  async ensureRoom(room: string): Promise<void> {
    const create = {
      request: "create",
      room,
      description: room,
      permanent: false,
      // Janus lists private rooms only to who shows the admin_key: without one we could not find our own.
      is_private: this.admin.admin_key !== undefined,
      ...ROOM_OPTIONS,
      allow_rtp_participants: this.rtpParticipants,
      ...this.admin,
    };
    await unless(AUDIOBRIDGE_ERRORS.roomExists, this.handle.ask(create, Anything));
  }

  async destroyRoom(room: string): Promise<void> {
    const destroy = { request: "destroy", room, permanent: false, ...this.admin };
    await unless(AUDIOBRIDGE_ERRORS.noSuchRoom, this.handle.ask(destroy, Anything));
  }

  async listForwarders(room: string): Promise<ForwarderInfo[]> {
    const list = { request: "listforwarders", room, ...this.admin };
    const { rtp_forwarders } = await this.handle.ask(list, ForwarderList);
    return rtp_forwarders.map(({ stream_id, ip, port, ssrc }) => ({
      streamId: stream_id,
      host: ip,
      port,
      ssrc,
    }));
  }

  async forward(
    room: string,
    { srtp, ...to }: { host: string; port: number; ssrc: number; srtp?: string },
  ): Promise<ForwarderInfo> {
    const { stream_id } = await this.handle.ask({
      request: "rtp_forward",
      room,
      codec: "opus",
      ptype: FORWARD_PAYLOAD_TYPE,
      // Without it Janus sends nothing while the room is empty, and RTP time falls behind the wall.
      always_on: true,
      ...to,
      ...(srtp === undefined ? {} : { srtp_suite: 80, srtp_crypto: srtp }),
      ...this.admin,
    }, ForwarderAdded);
    return { streamId: stream_id, ...to };
  }

  async stopForwarder(room: string, streamId: number): Promise<void> {
    const stop = { request: "stop_rtp_forward", room, stream_id: streamId, ...this.admin };
    await unless(AUDIOBRIDGE_ERRORS.noSuchRoom, this.handle.ask(stop, Anything));
  }

  stop(): Promise<void> {
    return this.release();
  }
}

/** Waits for a request; its failing with `code` is as good as success. */
async function unless(code: number, request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (err) {
    if (!(err instanceof JanusError) || err.code !== code) throw err;
  }
}
