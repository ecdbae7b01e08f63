import { z } from "zod";

/** Ids are strings where Janus runs with `string_ids`, else numbers. */
const Id = z.union([z.string(), z.number()]).transform(String);

const Jsep = z.object({ type: z.string(), sdp: z.string() });

/** A message of the AudioBridge: the answer to a request, or an event. */
export const PluginMessage = z.object({
  transaction: z.string().optional(),
  plugindata: z.object({
    data: z.looseObject({
      audiobridge: z.string(),
      error_code: z.number().int().optional(),
      error: z.string().optional(),
    }),
  }),
  jsep: Jsep.optional(),
});

/** What an AudioBridge says, without Janus's envelope. */
export const PluginAnswer = z.object({
  data: z.looseObject({ audiobridge: z.string() }),
  jsep: Jsep.optional(),
});
export type PluginAnswer = z.output<typeof PluginAnswer>;

export const RoomList = z.object({ list: z.array(z.object({ room: Id })) });

export const ForwarderList = z.object({
  rtp_forwarders: z.array(z.object({
    stream_id: z.number().int(),
    ip: z.string(),
    port: z.number().int(),
    ssrc: z.number().int().default(0),
  })),
});

export const ForwarderAdded = z.object({ stream_id: z.number().int() });

const Participant = z.object({
  id: Id,
  display: z.string().default(""),
  muted: z.boolean().default(false),
  talking: z.boolean().default(false),
  setup: z.boolean().default(false),
}).transform(({ setup, ...rest }) => ({ ...rest, connected: setup }));
export const Participants = z.object({ participants: z.array(Participant) });

/** What an AudioBridge tells a participant unasked. */
export const SeatEvent = z.union([
  z.object({
    audiobridge: z.enum(["talking", "stopped-talking"]),
    id: Id,
  }).transform(({ audiobridge, id }) => ({
    kind: "talking" as const,
    id,
    talking: audiobridge === "talking",
  })),
  z.object({ audiobridge: z.literal("destroyed") })
    .transform(() => ({ kind: "destroyed" as const })),
  z.object({ audiobridge: z.literal("event"), kicked: Id })
    .transform(({ kicked }) => ({ kind: "kicked" as const, id: kicked })),
  z.object({ audiobridge: z.literal("event"), leaving: Id })
    .transform(({ leaving }) => ({ kind: "leaving" as const, id: leaving })),
  z.object({
    audiobridge: z.enum(["joined", "event"]),
    participants: z.array(Participant),
  }).transform(({ participants }) => ({ kind: "participants" as const, participants })),
]);
