/**
 * Listeners as light as they can be: each asks for the next playlist, waits until it has the next part, gets that, and
 * so on, as a player at the live edge does. Orders and reports are those of crowd.ts.
 */
import { partUri } from "../../src/contracts/hls.ts";
import { CrowdOrder, type CrowdReport } from "./crowd.ts";

self.onmessage = async ({ data }: MessageEvent<unknown>) => {
  const order = CrowdOrder.parse(data);
  const firstAt = new Map<string, number>();
  const report: CrowdReport = { parts: 0, failed: 0, bytes: 0, spreadMs: [] };
  const until = performance.now() + order.seconds * 1000;
  await Promise.all(
    Array.from({ length: order.listeners }, () => listen(order, until, firstAt, report)),
  );
  self.postMessage(report);
};

async function listen(
  { base, liveId, msn, part, partsPerSegment }: CrowdOrder,
  until: number,
  firstAt: Map<string, number>,
  report: CrowdReport,
): Promise<void> {
  while (performance.now() < until) {
    const playlist = `${base}/live.m3u8?_HLS_msn=${msn}&_HLS_part=${part}&_HLS_skip=YES`;
    const uri = partUri(liveId, msn, part);
    for (const url of [playlist, `${base}/${uri}`]) {
      const response = await fetch(url).catch(() => null);
      if (response === null) {
        report.failed += 1;
        continue;
      }
      const { byteLength } = await response.arrayBuffer();
      report.bytes += byteLength;
      if (!response.ok) report.failed += 1;
    }
    const now = performance.now();
    const first = firstAt.get(uri) ?? now;
    firstAt.set(uri, first);
    report.spreadMs.push(now - first);
    report.parts += 1;
    part += 1;
    if (part === partsPerSegment) [msn, part] = [msn + 1, 0];
  }
}
