import type { Fault, Scene } from "../fault.ts";

/** Longer than a lease: the others take the node for dead. */
const LONGER_THAN_A_LEASE_MS = 14_000;

/** A node that lives but cannot reach etcd. */
function cutOff(name: string, part: "mixerId" | "janusId", how: "cut" | "silence"): Fault {
  return {
    name,
    lastsMs: LONGER_THAN_A_LEASE_MS,
    begin: ({ world, victim }: Scene) => {
      const node = world.record(victim.id).livemeta?.[part] ?? "";
      const proxy = world.proxies.get(node);
      if (proxy === undefined) throw new Error(`The way from "${node}" to etcd cannot be cut`);
      proxy[how]();
      return Promise.resolve(() => Promise.resolve(proxy.heal()));
    },
  };
}

export const networkFaults: readonly Fault[] = [
  cutOff("etcd-cut-from-mixer", "mixerId", "cut"),
  cutOff("etcd-silent-to-mixer", "mixerId", "silence"),
  cutOff("etcd-cut-from-janus-manager", "janusId", "cut"),
];
