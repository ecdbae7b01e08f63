import type { BrowserContext, Page } from "playwright-core";
import type { JoinTimings } from "../../web/src/client/studio_session.ts";

/** Keeps the microphone's stream where a probe finds it. */
const KEEP_MICROPHONE = `
  const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await getUserMedia(constraints);
    globalThis.microphone = stream;
    return stream;
  };
`;

/** A studio page whose person owns the room. */
export interface Studio {
  readonly page: Page;
  readonly roomId: string;
  /** Goes live and takes a seat; resolves once sound flows. */
  join(): Promise<JoinTimings>;
  /** What stands behind the # of the link that the page gives out for listeners, once it is in the room. */
  listenHash(): Promise<string>;
}

/** Makes a room on the front page (`signed`: heard with its link only), as a newcomer would, and opens its studio with all sound processing off. */
export async function openStudio(
  context: BrowserContext,
  url: string,
  title: string,
  signed = false,
): Promise<Studio> {
  const page = await context.newPage();
  await page.addInitScript(KEEP_MICROPHONE);
  await page.goto(url);
  await page.getByLabel("What is it called?").fill(title);
  if (signed) await page.getByLabel("only with a link of mine").check();
  await page.getByRole("button", { name: "Open the studio" }).click();
  await page.waitForURL("**/studio/*");
  const roomId = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  await page.goto(`${url}/studio/${roomId}?raw=1`);
  await page.waitForFunction("globalThis.roomcast?.join !== undefined");
  await page.evaluate("globalThis.roomcast.ready");
  return {
    page,
    roomId,
    listenHash: async () =>
      new URL(await page.getByRole("textbox", { name: "Link for listeners" }).inputValue()).hash,
    join: async () => await page.evaluate("globalThis.roomcast.join()") as JoinTimings,
  };
}

/** Opens a room's listening page and presses play, as a listener would. */
export async function openListener(
  context: BrowserContext,
  url: string,
  roomId: string,
  { classic = false, hash = "" } = {},
): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${url}/listen/${roomId}${classic ? "?classic=1" : ""}${hash}`);
  await page.getByRole("button", { name: "Play" }).click();
  return page;
}
