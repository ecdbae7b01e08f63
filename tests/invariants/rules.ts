import type { LiveMeta, MixerObserved, RoomRecord } from "../../src/contracts/room.ts";
import type { Rule } from "./facts.ts";
import type { Promised } from "./ledger.ts";

/** I1: at most one sender per RTP port. Two wreck FFmpeg's timestamps, or put a voice into another room. */
export const oneSenderPerPort: Rule = ({ forwarders }) =>
  [...grouped(forwarders, ({ host, port }) => `${host}:${port}`)]
    .filter(([, senders]) => senders.length > 1)
    .map(([address, senders]) =>
      `I1: ${address} has ${senders.length} senders: ` +
      senders.map(({ janusId, roomId }) => `${roomId} on ${janusId}`).join(", ")
    );

/** I2: at most one FFmpeg per room, epoch and mixer, and none for a broadcast that is over or elsewhere. */
export const oneFfmpegPerStream: Rule = ({ rooms, ffmpegs }) => {
  const wanted = new Set(
    [...rooms.values()].flatMap(({ livemeta }) =>
      livemeta === null ? [] : mixersOf(livemeta).map((mixer) => `${livemeta.liveId} on ${mixer}`)
    ),
  );
  return [...grouped(ffmpegs, ({ liveId, mixerId }) => `${liveId} on ${mixerId}`)].flatMap(
    ([stream, processes]) => [
      ...(processes.length > 1 ? [`I2: ${stream} has ${processes.length} FFmpeg processes`] : []),
      ...(wanted.has(stream) ? [] : [`I2: FFmpeg ${processes[0]?.pid} runs for ${stream}`]),
    ],
  );
};

/** I4: the forwarders of each Janus are those that livemeta and the mixers' keys ask for. */
export const forwardersAsWanted: Rule = ({ rooms, januses, forwarders, bridgeRooms }) => {
  const wanted = [...rooms].flatMap(([roomId, record]) => wantedForwarders(roomId, record))
    .filter(({ janusId }) => januses.includes(janusId)).map(forwarderName);
  const seen = forwarders.map(forwarderName);
  const missing = wanted.filter((name) => !seen.includes(name));
  const stray = seen.filter((name) => !wanted.includes(name));
  const homeless = [...rooms].flatMap(([roomId, { livemeta }]) =>
    livemeta && januses.includes(livemeta.janusId) &&
      !bridgeRooms.some((room) => room.janusId === livemeta.janusId && room.roomId === roomId)
      ? [`I4: ${roomId} is not on ${livemeta.janusId}`]
      : []
  );
  return [
    ...missing.map((name) => `I4: there is no forwarder ${name}`),
    ...stray.map((name) => `I4: nobody wants the forwarder ${name}`),
    ...homeless,
  ];
};

/** I5: what is over has left nothing behind. Holds within 60 s of a stop. */
export const everythingFreed: Rule = (facts) => {
  const { rooms, bridgeRooms, boundPorts, folders } = facts;
  const records = [...rooms.values()];
  const lives = new Set(records.flatMap(({ livemeta }) => livemeta ? [livemeta.liveId] : []));
  const ports = new Set(
    records.flatMap(({ livemeta, mixer, standby }) =>
      livemeta === null
        ? []
        : [mixer, standby].flatMap((key) => key ? [key.port, key.port + 1] : [])
    ),
  );
  return [
    ...[...rooms].flatMap(([roomId, record]) =>
      record.livemeta !== null
        ? []
        : (["janus", "mixer", "standby"] as const).filter((part) => record[part] !== null)
          .map((part) => `I5: ${roomId} is over and its key "${part}" is there`)
    ),
    ...bridgeRooms.filter(({ janusId, roomId }) => rooms.get(roomId)?.livemeta?.janusId !== janusId)
      .map(({ janusId, roomId }) => `I5: ${roomId} is still on ${janusId}`),
    ...boundPorts.filter((port) => !ports.has(port)).map((port) =>
      `I5: port ${port} is bound for nobody`
    ),
    ...folders.filter(({ liveId }) => !lives.has(liveId)).map(({ mixerId, liveId }) =>
      `I5: ${mixerId} keeps the folder of ${liveId}, which is over`
    ),
  ];
};

/** I6: what was acknowledged is so. */
export function asPromised(promised: ReadonlyMap<string, Promised>): Rule {
  return ({ rooms }) =>
    [...promised].flatMap(([roomId, promise]) => {
      const is = stateOf(rooms.get(roomId));
      return is === promise ? [] : [`I6: ${roomId} was promised to be ${promise} and is ${is}`];
    });
}

function stateOf(record: RoomRecord | undefined): Promised {
  if (!record || record.meta === null) return "absent";
  return record.livemeta === null ? "idle" : "live";
}

function mixersOf({ mixerId, standbyId }: LiveMeta): string[] {
  return standbyId === null ? [mixerId] : [mixerId, standbyId];
}

interface WantedForwarder {
  readonly janusId: string;
  readonly roomId: string;
  readonly host: string;
  readonly port: number;
}

/** One for each of the mixers' keys whose mixer livemeta names, whatever its epoch, for the same broadcast. */
function wantedForwarders(roomId: string, record: RoomRecord): WantedForwarder[] {
  const { livemeta, mixer, standby } = record;
  if (livemeta === null) return [];
  const isWanted = (key: MixerObserved | null): key is MixerObserved =>
    key !== null && key.port !== 0 && key.liveId === livemeta.liveId &&
    mixersOf(livemeta).includes(key.mixerId);
  const { janusId } = livemeta;
  return [mixer, standby].filter(isWanted).map(({ ip, port }) => ({
    ...{ janusId, roomId, port },
    host: ip,
  }));
}

function forwarderName({ janusId, roomId, host, port }: WantedForwarder): string {
  return `of ${roomId} from ${janusId} to ${host}:${port}`;
}

function grouped<T>(values: readonly T[], key: (value: T) => string): Map<string, T[]> {
  return Map.groupBy(values, key);
}
