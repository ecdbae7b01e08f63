import { z } from "zod";
import { readProject } from "../rules/support.ts";

const Receiver = z.object({
  verify: z.custom<(headers: Headers, body: string, secret: string) => Promise<boolean>>(
    (value) => typeof value === "function",
  ),
  receiver: z.custom<
    (
      secret: string,
      onEvent: (event: { type: string }) => void,
    ) => (request: Request) => Promise<Response>
  >((value) => typeof value === "function"),
});

/** The code of the receiver in docs/webhooks.md. */
export async function documentedReceiver(): Promise<string> {
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(await readProject("docs/webhooks.md")) ?? [];
  return code;
}

const code = await documentedReceiver();
const module: unknown = await import(
  `data:application/typescript,${encodeURIComponent(code)}`
);

/** The receiver that docs/webhooks.md shows, as a reader would run it. */
export const { verify, receiver } = Receiver.parse({ ...Object(module) });
