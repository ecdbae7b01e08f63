import assert from "node:assert/strict";
import { ConfigSchema, SECRETS } from "../../src/platform/config.ts";
import { settingsIn } from "../../src/config_print.ts";

Deno.test("settingsIn() says of each setting where it comes from, and no secret", () => {
  const env = {
    ROOMCAST_REDIS_FILE: "/run/secrets/redis",
    ROOMCAST_JANUS_API_SECRET: "correct-horse-battery",
    ROOMCAST_ETCD: "https://root:hunter2@10.0.0.1:2379,https://10.0.0.2:2379",
    ROOMCAST_EDGE_PORT: "9000",
  };
  const settings = settingsIn(env, () => "redis://app:hunter2@redis.example:6379/1\n");
  const find = (name: string) => {
    const { value, source } = settings.find((setting) => setting.name === name) ??
      assert.fail(name);
    return [value, source];
  };
  assert.deepEqual(find("ROOMCAST_REDIS"), [
    "redis://***:***@redis.example:6379/1",
    "file /run/secrets/redis",
  ]);
  assert.deepEqual(find("ROOMCAST_JANUS_API_SECRET"), ["(set)", "environment"]);
  assert.deepEqual(find("ROOMCAST_JANUS_ADMIN_KEY"), ["–", "default"]);
  assert.deepEqual(find("ROOMCAST_EDGE_PORT"), ["9000", "environment"]);
  assert.deepEqual(find("ROOMCAST_ROOMS_PORT"), ["3000", "default"]);
  assert.deepEqual(find("ROOMCAST_ETCD"), [
    "https://***:***@10.0.0.1:2379/,https://10.0.0.2:2379",
    "environment",
  ]);
  assert.doesNotMatch(JSON.stringify(settings), /hunter2|correct-horse/);
});

Deno.test("SECRETS hold every setting whose name says that it is one", () => {
  const names = ConfigSchema.keyof().options.filter((name) =>
    /SECRET|PASSWORD|TOKEN|_KEY$/.test(name)
  );
  assert.ok(names.length > 0);
  const open = names.filter((name) => !SECRETS.some((secret) => secret === name));
  assert.deepEqual(open, []);
});
