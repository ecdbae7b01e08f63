import assert from "node:assert/strict";
import { etcdAccess } from "../../src/coordination/etcd_access.ts";
import { readConfig } from "../../src/platform/config.ts";
import { redisAccess } from "../../src/platform/redis_access.ts";

const PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
const read = (env: Record<string, string>) => readConfig(env, () => PEM);

Deno.test("readConfig() takes certificates and passwords from files", () => {
  const config = read({
    ROOMCAST_ETCD: "https://a:2379,https://b:2379",
    ROOMCAST_ETCD_CA_FILE: "ca.pem",
    ROOMCAST_ETCD_USER: "roomcast",
    ROOMCAST_ETCD_PASSWORD_FILE: "password",
    ROOMCAST_REDIS: "rediss://redis:6379",
    ROOMCAST_REDIS_PASSWORD: "hunter2",
  });
  assert.deepEqual(etcdAccess(config), {
    hosts: ["https://a:2379", "https://b:2379"],
    tls: { ca: PEM, cert: "", key: "" },
    user: { name: "roomcast", password: PEM },
  });
  const { password, tls } = redisAccess(config);
  assert.deepEqual([password, tls], ["hunter2", { ca: "", cert: "", key: "" }]);
});

Deno.test("readConfig() refuses, by name and without the value, what would not be as safe as it looks", () => {
  const refused = (env: Record<string, string>, message: RegExp) =>
    assert.throws(() => read(env), (err: Error) => {
      assert.match(err.message, message);
      assert.doesNotMatch(err.message, /hunter2|BEGIN/);
      return true;
    });
  refused({ ROOMCAST_ETCD_CA: PEM }, /ROOMCAST_ETCD_CA: ROOMCAST_ETCD is not a TLS address/);
  refused({ ROOMCAST_REDIS_CERT: PEM }, /ROOMCAST_REDIS_CERT: ROOMCAST_REDIS is not a TLS/);
  refused({ ROOMCAST_ETCD: "https://a,http://b" }, /every endpoint is http:\/\/, or every one/);
  refused({ ROOMCAST_REDIS: "http://hunter2@a" }, /begins with redis:\/\/ or rediss:/);
  refused({ ROOMCAST_ETCD_USER: "hunter2" }, /needs ROOMCAST_ETCD_PASSWORD/);
  const tls = { ROOMCAST_ETCD: "https://a" };
  refused({ ...tls, ROOMCAST_ETCD_KEY: PEM }, /ETCD_KEY: a certificate and its key come together/);
  refused({ ...tls, ROOMCAST_ETCD_CA: "hunter2" }, /ROOMCAST_ETCD_CA: it holds no PEM/);
});
