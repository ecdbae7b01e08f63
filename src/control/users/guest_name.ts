const QUALITIES = ["Bright", "Calm", "Clever", "Curious", "Gentle", "Happy", "Jolly", "Kind"]
  .concat(["Lively", "Lucky", "Merry", "Mellow", "Quick", "Quiet", "Sunny", "Warm"]);
const ANIMALS = ["Badger", "Beaver", "Crane", "Dolphin", "Finch", "Fox", "Hare", "Hedgehog"]
  .concat(["Heron", "Lark", "Lynx", "Otter", "Owl", "Robin", "Seal", "Wren"]);

/**
 * A friendly name for a guest who gave none, such as `Quiet Otter`.
 *
 * @param random A random number in [0, 1).
 */
export function guestName(random: () => number = Math.random): string {
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)];
  return `${pick(QUALITIES)} ${pick(ANIMALS)}`;
}
