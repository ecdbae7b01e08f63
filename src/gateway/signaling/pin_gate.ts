import { AppError } from "../../contracts/errors.ts";
import type { UserId } from "../../contracts/ids.ts";
import type { RoomMeta } from "../../contracts/room.ts";
import { verifySecret } from "../../platform/password.ts";
import { forgetTries, giveBackTry, takeTry } from "../../platform/rate_limit.ts";
import type { Redis } from "../../platform/redis.ts";

/** Wrong PINs that a person, and an address, may try on one room. */
const OWN = { limit: 10, windowS: 600 } as const;
/** Wrong PINs that an address may try on all rooms, and all addresses together on one. */
const SHARED = {
  address: { limit: 60, windowS: 600 },
  room: { limit: 300, windowS: 600 },
} as const;

/** Lets in who knows the PIN. */
export class PinGate {
  constructor(private readonly redis: Redis) {}

  /**
   * Every try counts until the right PIN makes all forgotten, so tries side by side gain nothing, nor do tries at many
   * gateways, from many addresses, or on many rooms. While Redis is away nobody gets in by a PIN: tries could not be
   * counted.
   *
   * @throws AppError `pin_required`, `pin_wrong`, `too_many_requests`, or `unavailable`.
   */
  async check(
    room: RoomMeta,
    pin: string | undefined,
    who: { userId: UserId; address: string },
  ): Promise<void> {
    if (room.pinHash === null) return;
    if (pin === undefined) throw new AppError("pin_required", "Ask the host for the PIN");
    const own = [`${room.id}:user:${who.userId}`, `${room.id}:address:${who.address}`];
    const shared = [[`address:${who.address}`, SHARED.address], [
      `room:${room.id}`,
      SHARED.room,
    ]] as const;
    for (const key of own) await takeTry(this.redis, "pin", key, OWN);
    for (const [key, limit] of shared) await takeTry(this.redis, "pin", key, limit);
    const giveBack = async (keys: readonly string[]) => {
      for (const key of keys) await giveBackTry(this.redis, "pin", key);
    };
    const matches = await verifySecret(pin, room.pinHash).catch(async (err) => {
      // Too many came at once: nobody has looked at this one.
      await giveBack([...own, ...shared.map(([key]) => key)]);
      throw err;
    });
    if (!matches) throw new AppError("pin_wrong", "That is not the room's PIN");
    for (const key of own) await forgetTries(this.redis, "pin", key);
    await giveBack(shared.map(([key]) => key));
  }
}
