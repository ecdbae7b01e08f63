import type { Fault } from "../fault.ts";
import { ffmpegFaults } from "./ffmpeg.ts";
import { mediaFaults } from "./media.ts";
import { networkFaults } from "./network.ts";
import { portFaults } from "./ports.ts";
import { drainFaults, outageFaults, processFaults } from "./processes.ts";
import { raceFaults } from "./races.ts";
import { storeFaults } from "./stores.ts";

/** Every fault that a run draws from. */
export const FAULTS: readonly Fault[] = [
  ...ffmpegFaults,
  ...processFaults,
  ...drainFaults,
  ...networkFaults,
  ...storeFaults,
  ...mediaFaults,
  ...portFaults,
  ...raceFaults,
];

/** Those besides that happen only when they are named: each takes minutes. */
const LONG: readonly Fault[] = outageFaults;

/**
 * The faults of these names, in this order.
 *
 * @throws RangeError for a name that no fault has.
 */
export function faultsNamed(names: readonly string[]): Fault[] {
  return names.map((name) => {
    const fault = [...FAULTS, ...LONG].find((one) => one.name === name);
    if (fault) return fault;
    const known = [...FAULTS, ...LONG].map((one) => one.name).join(", ");
    throw new RangeError(`There is no fault called "${name}". There are: ${known}`);
  });
}
