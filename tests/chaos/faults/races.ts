import { until } from "../../support/until.ts";
import type { Fault } from "../fault.ts";

const SPARE = "spare-room";
const CALLS = 5;
const LIMIT_MS = 20_000;

/** Calls that meet: five starts at once, then a start and a stop at once, over and over. */
export const raceFaults: readonly Fault[] = [
  {
    name: "start-stop-races",
    lastsMs: 0,
    begin: async ({ world: { api, ledger } }) => {
      await api.create(SPARE).catch(() => {});
      const start = () => api.ask("POST", `/api/rooms/${SPARE}/start`);
      const stop = () => api.ask("POST", `/api/rooms/${SPARE}/stop`);
      ledger.unknown(SPARE);
      const starts = await Promise.all(Array.from({ length: CALLS }, start));
      expect(starts.every(({ status }) => status === 200 || status === 409), starts);
      expect(starts.some(({ status }) => status === 200), starts);
      ledger.live(SPARE);
      await until(`${SPARE} on air`, async () => await api.state(SPARE) === "on_air", LIMIT_MS);
      ledger.unknown(SPARE);
      for (let i = 0; i < CALLS; i++) {
        const answers = await Promise.all([stop(), start(), stop()]);
        expect(answers.every(({ status }) => [200, 409, 429].includes(status)), answers);
      }
      await api.stop(SPARE);
      ledger.idle(SPARE);
      await until(`${SPARE} idle`, async () => await api.state(SPARE) === "idle", LIMIT_MS);
      await api.delete(SPARE);
      ledger.absent(SPARE);
      return () => Promise.resolve();
    },
  },
];

function expect(held: boolean, answers: readonly unknown[]): void {
  if (!held) throw new Error(`Calls that met were answered ${JSON.stringify(answers)}`);
}
