import { nodeKey } from "../contracts/keys.ts";
import { connectEtcd } from "../coordination/etcd.ts";
import { LeasedKey } from "../coordination/lease.ts";
import { type FromHeartbeat, isNews, leaseValue, type Pulse, ToHeartbeat } from "./heartbeat.ts";

type Start = Extract<ToHeartbeat, { type: "start" }>;

interface Heart {
  ping(info: Pulse["info"]): void;
  stop(): Promise<void>;
}

let heart: Heart | undefined;

addEventListener("message", (event: MessageEvent<unknown>) => {
  const message = ToHeartbeat.parse(event.data);
  switch (message.type) {
    case "start":
      heart ??= startHeart(message);
      return;
    case "ping":
      heart?.ping(message.info);
      return;
    case "stop":
      void Promise.resolve(heart?.stop()).finally(() => tell({ type: "stopped" }));
  }
});

function startHeart({ etcd, ttlS, silenceMs, info }: Start): Heart {
  let pulse: Pulse = { info, pingedAt: performance.now() };
  const client = connectEtcd(etcd);
  const lease = new LeasedKey({
    client,
    key: nodeKey(info.kind, info.id),
    ttlS,
    value: () => leaseValue(pulse, performance.now(), silenceMs),
    onHeld: (held, cause) => {
      const reason = cause instanceof Error ? cause.message : undefined;
      tell({ type: "held", held, ...(reason === undefined ? {} : { reason }) });
    },
    onRenewed: (marginMs) => tell({ type: "renewed", marginMs }),
  });
  lease.start();
  return {
    ping: (latest) => {
      const before = pulse;
      pulse = { info: latest, pingedAt: performance.now() };
      if (isNews(before, pulse, silenceMs)) lease.refresh();
    },
    stop: async () => {
      await lease.stop();
      client.close();
    },
  };
}

function tell(message: FromHeartbeat): void {
  postMessage(message);
}
