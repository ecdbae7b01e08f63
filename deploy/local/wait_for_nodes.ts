import type { NodeKind } from "../../src/contracts/node.ts";
import { StartError } from "./process.ts";

/** How long (ms) it may take to hear of them, and how often (ms) it is asked. */
const LIMIT_MS = 10_000;
const POLL_MS = 20;
const NODES = /^roomcast_nodes\{[^}]*kind="(\w+)"[^}]*\} (\d+)/gm;

/**
 * Waits until a Room Manager has heard of so many media nodes of each kind: they say in etcd that they are there, and it
 * reads that a moment later.
 *
 * @param roomsUrl Where the Room Manager answers.
 * @param wanted How many nodes of each kind, whatever their state.
 * @throws StartError when it does not hear of them in time.
 */
export async function waitForNodes(
  roomsUrl: string,
  wanted: Readonly<Record<NodeKind, number>>,
): Promise<void> {
  const giveUpAt = Date.now() + LIMIT_MS;
  while (Date.now() < giveUpAt) {
    const known = await nodesOf(roomsUrl).catch(() => ({ janus: 0, mixer: 0 }));
    if (known.janus >= wanted.janus && known.mixer >= wanted.mixer) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new StartError("The Room Manager does not hear of the media nodes");
}

async function nodesOf(roomsUrl: string): Promise<Record<NodeKind, number>> {
  const response = await fetch(`${roomsUrl}/metrics`, { signal: AbortSignal.timeout(2000) });
  const known = { janus: 0, mixer: 0 };
  for (const [, kind, value] of (await response.text()).matchAll(NODES)) {
    if (kind === "janus" || kind === "mixer") known[kind] += Number(value);
  }
  return known;
}
