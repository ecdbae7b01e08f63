/**
 * What listeners cost: CPU of the edges and of nginx with a crowd at one room's live edge, and how much later than the
 * first of the crowd the others have each part.
 */
import { buildPages } from "../../deploy/dev/pages.ts";
import { freeClusterPorts } from "../../deploy/local/cluster_ports.ts";
import { CLUSTER, World } from "../chaos/world.ts";
import { cpuOfAll } from "./cpu.ts";
import { runCrowd } from "./crowd.ts";
import { numberArgument, percentile, round, say } from "./support.ts";

const listeners = numberArgument("listeners", 300);
const seconds = numberArgument("seconds", 20);
/** Before it counts, all is warm. */
const WARM_UP_S = 8;

await buildPages(say);
const dir = await Deno.makeTempDir({ prefix: "roomcast-bench-" });
const ports = freeClusterPorts(CLUSTER);
const world = await World.start({ dir, ports, studios: 0, senders: 1, say: () => {} });
let figures: Record<string, unknown> | undefined;
try {
  figures = await measure();
} catch (err) {
  say(`could not measure: ${err instanceof Error ? err.stack : String(err)}`);
}
await world.stop();
await Deno.remove(dir, { recursive: true }).catch(() => {});
if (figures !== undefined) say(JSON.stringify(figures));
Deno.exit(figures === undefined ? 1 : 0);

async function measure() {
  const { cluster, rooms: [room] } = world;
  const base = `${cluster.url}/hls/${room?.id}`;
  say(`${listeners} listeners come to ${room?.id}`);
  await runCrowd({ ...await liveEdge(base), base, listeners, seconds: WARM_UP_S });
  const edges = ["edge-1", "edge-2"].map((name) => cluster.process(name).pid ?? 0);
  const nginx = withChildren(cluster.process("nginx").pid ?? 0);
  const before = { edge: cpuOfAll(edges), nginx: cpuOfAll(nginx), at: performance.now() };
  const report = await runCrowd({ ...await liveEdge(base), base, listeners, seconds });
  const elapsed = (performance.now() - before.at) / 1000;
  const per100 = (used: number) => round(used / elapsed / listeners * 100 * 100, 2);
  if (report.parts < listeners * seconds * 4) throw new Error(`Only ${report.parts} parts came`);
  return {
    listeners,
    edgeCorePctPer100: per100(cpuOfAll(edges) - before.edge),
    nginxCorePctPer100: per100(cpuOfAll(nginx) - before.nginx),
    kbitPerListener: round(report.bytes * 8 / 1000 / elapsed / listeners),
    spreadP50Ms: round(percentile(report.spreadMs, 0.5)),
    spreadP95Ms: round(percentile(report.spreadMs, 0.95)),
    failed: report.failed,
  };
}

/** The part that comes next, by the playlist's preload hint. */
async function liveEdge(base: string) {
  const text = await (await fetch(`${base}/live.m3u8`)).text();
  const hint = /PRELOAD-HINT:TYPE=PART,URI="(\w+)\/(\d+)\.(\d+)\.m4s"/.exec(text);
  const [, liveId = "", msn, part] = hint ?? [];
  const target = Number(/PART-TARGET=([\d.]+)/.exec(text)?.[1]);
  const segment = Number(/#EXTINF:([\d.]+)/.exec(text)?.[1]);
  const partsPerSegment = Math.round(segment / target);
  return { liveId, msn: Number(msn), part: Number(part), partsPerSegment };
}

function withChildren(pid: number): number[] {
  const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`);
  return [pid, ...children.split(" ").filter(Boolean).map(Number)];
}
