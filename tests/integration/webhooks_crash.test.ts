import assert from "node:assert/strict";
import { freePort } from "../../deploy/local/ports.ts";
import { startRole } from "../../deploy/local/role_process.ts";
import { WebhookWithSecret } from "../../src/contracts/webhooks.ts";
import { until } from "../support/until.ts";
import { startReceiver, typesAt } from "../support/webhook_receiver.ts";
import { startWebhooksSite } from "./webhooks_rig.ts";

Deno.test("a delivery still comes when its Room Manager is killed in the middle of it", async () => {
  const site = await startWebhooksSite();
  const receiver = startReceiver();
  const dir = await Deno.makeTempDir({ prefix: "roomcast-crash-" });
  try {
    await site.stopManagers();
    const port = freePort();
    const url = `http://127.0.0.1:${port}`;
    const env = {
      ...site.env,
      ROOMCAST_ETCD: site.etcdUrl,
      ROOMCAST_USERS_URL: site.usersUrl,
      ROOMCAST_ROOMS_PORT: String(port),
    };
    const victim = await startRole(
      { name: "rooms", role: "rooms", url, env },
      { etcdUrl: site.etcdUrl, logFile: `${dir}/rooms.log`, env: {} },
    );
    const token = await site.token("alice");
    const call = (path: string, body: unknown) => site.call("POST", path, { token, body, at: url });
    const held = Promise.withResolvers<Response>();
    receiver.script("/crash", () => held.promise);
    const made = await until("a webhook can be made", async () => {
      const answer = await call("/api/webhooks", { url: `${receiver.url}/crash` });
      return answer.status === 201 && answer.as(WebhookWithSecret);
    });
    await call("/api/rooms", { id: "crash-room", title: "Crash" });
    await until("the first try is under way", () => receiver.at("/crash").length === 1);
    await call("/api/rooms/crash-room/start", {});
    victim.kill("SIGKILL");
    await victim.ended;
    held.resolve(new Response());
    await site.another();
    await until("all came", () => typesAt(receiver, "/crash").includes("room.started"));
    assert.deepEqual(typesAt(receiver, "/crash"), ["room.created", "room.created", "room.started"]);
    const [first, second] = receiver.at("/crash");
    assert.equal(first?.headers.get("webhook-id"), second?.headers.get("webhook-id"));
    assert.equal(first?.body, second?.body);
    assert.match(made.id, /^wh-/);
  } finally {
    await receiver.stop();
    await site.stop();
    await Deno.remove(dir, { recursive: true });
  }
});
