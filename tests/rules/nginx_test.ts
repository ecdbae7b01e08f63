import assert from "node:assert/strict";
import { writeNginxConfig } from "../../deploy/local/nginx.ts";
import { renderNginx } from "../../src/front_door/nginx_config.ts";
import { findCommand } from "../../src/doctor/find.ts";
import { tempDir } from "../support/temp_dir.ts";

const VALUES = {
  DIR: "/tmp/x",
  DAEMON: "off",
  MASTER_PROCESS: "off",
  OPEN_FILES: "64",
  CONNECTIONS: "32",
  ERROR_LOG: "stderr",
  ACCESS_LOG: "off",
  LISTEN: "127.0.0.1:8080",
  WEB_ROOT: "/tmp/web",
};

Deno.test("nginx -t accepts the configuration we ship", async () => {
  await using dir = await tempDir();
  const config = await writeNginxConfig({
    dir: `${dir.path}/nginx`,
    port: 8080,
    webRoot: dir.path,
    logFile: `${dir.path}/log`,
    upstreams: {
      rooms: ["127.0.0.1:3000"],
      users: ["127.0.0.1:8085"],
      gateways: ["127.0.0.1:8081", "127.0.0.1:8082", "127.0.0.1:8083"],
      edges: ["127.0.0.1:8090"],
    },
  });
  const { code, stderr } = await new Deno.Command(findCommand("nginx") ?? "nginx", {
    args: ["-t", "-e", "stderr", "-p", dir.path, "-c", config],
  }).output();
  const said = new TextDecoder().decode(stderr);
  assert.equal(code, 0, said);
  assert.doesNotMatch(said, /warn/);
});

Deno.test("renderNginx() keeps nginx's own variables when it fills in ours", () => {
  assert.equal(
    renderNginx("# ${NOT_OURS}\nroot ${WEB_ROOT};\nset $a $uri;", VALUES),
    "# ${NOT_OURS}\nroot /tmp/web;\nset $a $uri;",
  );
});

Deno.test("renderNginx() refuses when a value would end the directive", () => {
  assert.throws(() => renderNginx("root ${WEB_ROOT};", { ...VALUES, WEB_ROOT: "/tmp; user root" }));
  assert.throws(() => renderNginx("root ${UNKNOWN};", VALUES));
});
