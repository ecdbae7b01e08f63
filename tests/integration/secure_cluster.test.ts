import assert from "node:assert/strict";
import { z } from "zod";
import { ROOT } from "../../deploy/dev/root.ts";
import { KEYS } from "../../src/contracts/keys.ts";
import { ListenLink } from "../../src/contracts/listen_links.ts";
import { SrtpKey } from "../../src/contracts/room.ts";
import { connectEtcd, EtcdStore } from "../../src/coordination/etcd.ts";
import { etcdAccess } from "../../src/coordination/etcd_access.ts";
import { readConfig } from "../../src/platform/config.ts";
import { RoomApi } from "../chaos/room_api.ts";
import { testCluster } from "../support/cluster.ts";
import { docBlocks } from "../support/doc_blocks.ts";
import { LiveWatcher } from "../support/hls/live_watcher.ts";
import { opusTone } from "../support/rtp/opus_tone.ts";
import { RtpSender } from "../support/rtp/rtp_sender.ts";
import { RtpSpeaker } from "../support/rtp/rtp_speaker.ts";
import { tempDir } from "../support/temp_dir.ts";
import { startTlsSite } from "../support/tls_site.ts";
import { assertTone, decodeSound, hear } from "../support/tone.ts";
import { until } from "../support/until.ts";

const ROOM = "safe-room";
const HZ = 440;
const Stream = z.object({ roomId: z.string(), port: z.number(), ffmpegPid: z.number() });

Deno.test("Roomcast is on air with TLS, users, SRTP and signed links, as docs/security.md sets them up", async (t) => {
  await using dir = await tempDir();
  await using site = await startTlsSite(dir.path);
  await using cluster = await testCluster({
    gateways: 1,
    etcdUrl: site.etcdUrl,
    redisUrl: site.redisUrl,
    env: {
      ...site.env,
      ROOMCAST_RTP_SRTP: "true",
      ROOMCAST_JANUS_RTP_PARTICIPANTS: "true",
    },
  });
  const api = await RoomApi.guest(cluster.url);
  const sender = new RtpSender();
  const speaker = new RtpSpeaker({
    ...{ roomId: ROOM, hz: HZ, sender },
    apiSecret: cluster.secrets.janusApiSecret,
    locate: () => cluster.janusUrls[0] ?? null,
  });
  const roles = [...cluster.processes].filter(([name]) => !/^(nginx|janus-gateway)/.test(name));
  const pids = () => roles.map(([name, { pid }]) => `${name} ${pid}`);
  const stream = async () => {
    const response = await fetch(`${cluster.mixerUrls[0]}/streams`);
    return z.tuple([Stream]).parse(await response.json())[0];
  };
  const link = async (ttlS: number) => {
    const { text } = await api.ask("POST", `/api/rooms/${ROOM}/links`, { ttlS });
    return ListenLink.parse(JSON.parse(text));
  };
  const begun = pids();
  const body = { id: ROOM, title: "Safe", access: "signed" };
  assert.equal((await api.ask("POST", "/api/rooms", body)).status, 201);
  const { hls, listen } = await link(3600);
  const watcher = new LiveWatcher(`${cluster.url}${hls.replace("index", "live")}`);
  const heardNow = async () => {
    await watcher.more(4);
    assertTone(hear(await decodeSound(watcher.media(4))), HZ);
  };
  try {
    await t.step("a room goes on air and is heard", async () => {
      await api.start(ROOM);
      speaker.start();
      await until("a voice", async () => (await speaker.seats()).length > 0);
      watcher.start();
      await watcher.until((part) => part.sourceFrames === 10);
      await heardNow();
    });

    await t.step(
      "its sound goes to the mixer encrypted: plain RTP of a stranger is not heard",
      async () => {
        const { port } = await stream();
        const packets = await opusTone(1760);
        sender.tell({ kind: "send", voice: "stranger", port, payloadType: 111, packets });
        await watcher.more(4);
        await heardNow();
        sender.tell({ kind: "silence", voice: "stranger" });
      },
    );

    await t.step("a new FFmpeg hears the encrypted sound too", async () => {
      const { ffmpegPid } = await stream();
      Deno.kill(ffmpegPid, "SIGKILL");
      await until("a new FFmpeg", async () => (await stream()).ffmpegPid !== ffmpegPid);
      await watcher.until((part) => part.sourceFrames === 10);
      await heardNow();
    });

    await t.step(
      "nothing of it is to be had without a link, with another's, or with one that expired",
      async () => {
        const refusal = async (path: string) => {
          const response = await fetch(`${cluster.url}${path}`);
          assert.equal(response.headers.get("content-type"), "application/problem+json", path);
          return `${response.status} ${
            z.object({ code: z.string() }).parse(await response.json()).code
          }`;
        };
        const ticket = listen.split("#")[1] ?? "";
        assert.equal(hls, `/hls/${ROOM}/${ticket}/index.m3u8`);
        const playlist = await (await fetch(`${cluster.url}${hls.replace("index", "live")}`))
          .text();
        const [, part = ""] = /^#EXT-X-PART:.*URI="([^"]+)"/m.exec(playlist) ?? [];
        for (
          const path of [
            "index.m3u8",
            "live.m3u8",
            "live.m3u8?_HLS_msn=1&_HLS_part=0",
            part,
            "ts/index.m3u8",
          ]
        ) {
          assert.equal(await refusal(`/hls/${ROOM}/${path}`), "403 link_required", path);
          const forged = ticket.replace(/^~\d+/, "~99999999999");
          assert.equal(await refusal(`/hls/${ROOM}/${forged}/${path}`), "403 link_wrong", path);
        }
        const response = await fetch(`${cluster.url}/hls/${ROOM}/${ticket}/${part}`);
        assert.equal(response.status, 200);
        assert.match(response.headers.get("cache-control") ?? "", /^private/);
        await response.body?.cancel();
        const stranger = await RoomApi.guest(cluster.url);
        assert.equal((await stranger.ask("POST", `/api/rooms/${ROOM}/links`, {})).status, 403);
        const tooLong = { ttlS: 31 * 24 * 3600 };
        assert.equal((await api.ask("POST", `/api/rooms/${ROOM}/links`, tooLong)).status, 400);
      },
    );

    await t.step("an etcd that says goodbye ends no process and no broadcast", async () => {
      await site.stopEtcd();
      const { status } = await api.ask("POST", `/api/rooms/${ROOM}/stop`);
      assert.equal(status, 503);
      await site.startEtcd();
      await until("etcd is heard again", async () => {
        await api.create("second-room");
        return true;
      });
      await heardNow();
      assert.deepEqual(pids(), begun);
    });

    await t.step("roomcast doctor and undrain reach etcd and Redis", async () => {
      const well = await roomcast(site.env, "doctor");
      assert.match(well, /✓ etcd reachable/);
      assert.match(well, /✓ Redis reachable/);
      assert.match(await roomcast(site.env, "undrain", "mixer/mixer-1"), /no order to drain/);
    });

    await t.step(
      "a client known by its certificate alone has a way of its own to etcd",
      async () => {
        const { ROOMCAST_ETCD_USER: _user, ROOMCAST_ETCD_PASSWORD_FILE: _password, ...noUser } =
          site.env;
        // This etcd wants a user: it answers, and refuses.
        const store = new EtcdStore(connectEtcd(etcdAccess(readConfig(noUser))));
        await assert.rejects(store.get("/rooms/"), /etcd refuses the user/);
        await store.stop();
      },
    );

    await t.step("roomcast doctor says what is wrong with certificates and passwords", async () => {
      const { ROOMCAST_ETCD_CERT_FILE: _cert, ROOMCAST_ETCD_KEY_FILE: _key, ...noCert } = site.env;
      const stranger = { ...noCert, ROOMCAST_REDIS_PASSWORD_FILE: `${dir.path}/etcd_password` };
      const unwell = await roomcast(stranger, "doctor");
      assert.match(unwell, /✗ etcd reachable +no TLS with https:\/\/localhost/);
      assert.match(unwell, /✗ Redis reachable +.* refuses us: WRONGPASS/);
      const { ROOMCAST_ETCD_CA_FILE: _ca, ROOMCAST_REDIS_CA_FILE: _redisCa, ...noCa } = site.env;
      const wrong = { ...noCa, ROOMCAST_ETCD_CA_FILE: site.env.ROOMCAST_ETCD_CERT_FILE ?? "" };
      const untrusting = await roomcast(wrong, "doctor");
      assert.match(untrusting, /✗ etcd reachable +no TLS with .*UnknownIssuer/);
      assert.match(
        untrusting,
        /✗ Redis reachable +no TLS with rediss:.*(self-signed|UnknownIssuer)/,
      );
      const other = { ...site.env, ROOMCAST_ETCD_PASSWORD_FILE: `${dir.path}/redis_password` };
      assert.match(await roomcast(other, "doctor"), /✗ etcd reachable +.*refuses the user/);
    });

    await t.step("no secret is in a log or on a command line", async () => {
      const files = [
        ...["etcd_password", "redis_password", "etcd_root_password"].map((n) => `${dir.path}/${n}`),
        ...["janus_api_secret", "janus_admin_key"].map((n) => `${cluster.dir}/secrets/${n}`),
      ];
      const secrets = files.map((path) => Deno.readTextFileSync(path).trim());
      const { srtp, linkSecret } = await keysInEtcd(site.env);
      secrets.push(srtp, linkSecret, listen.split(".").at(-1) ?? "");
      const texts = roles.map(([, { pid }]) => Deno.readTextFileSync(`/proc/${pid}/cmdline`));
      texts.push(Deno.readTextFileSync(`/proc/${(await stream()).ffmpegPid}/cmdline`));
      const logs = [...Deno.readDirSync(`${cluster.dir}/logs`)].map(({ name }) => `logs/${name}`);
      for (const path of [...logs, "nginx/access.log"]) {
        texts.push(Deno.readTextFileSync(`${cluster.dir}/${path}`));
      }
      for (const text of texts) {
        assert.ok(!secrets.some((secret) => text.includes(secret)), text.slice(0, 300));
        assert.doesNotMatch(text, /PRIVATE KEY/);
      }
    });

    await t.step("nothing of this broke the broadcast", async () => {
      assert.deepEqual((await watcher.stop()).brokenRules, []);
    });

    await t.step(
      "roomcast links rotate leaves links good, and revoke calls them back",
      async () => {
        const status = async (path: string) => {
          const response = await fetch(`${cluster.url}${path}`);
          await response.body?.cancel();
          return response.status;
        };
        assert.match(await roomcast(site.env, "links", "rotate"), /old ones stay good/);
        assert.equal(await status(hls), 200);
        assert.match(
          await roomcast(site.env, "links", "revoke"),
          /No link given out before is good/,
        );
        await until("the link to be refused", async () => await status(hls) === 403);
        const fresh = await link(30);
        await until("a new one to be taken", async () => await status(fresh.hls) === 200);
        assert.equal(
          (await api.ask("PATCH", `/api/rooms/${ROOM}`, { access: "open" })).status,
          200,
        );
        await until(
          "all to be let in",
          async () => await status(`/hls/${ROOM}/index.m3u8`) === 200,
        );
      },
    );
  } finally {
    await watcher.stop();
    await speaker.stop();
    await sender.stop();
  }
});

Deno.test("the role that docs/security.md gives Roomcast in etcd covers every key, and no more", async () => {
  const commands = await docBlocks("docs/security.md", "Give Roomcast a role in etcd", "sh");
  const [, prefixes = ""] = /^for prefix in (.*); do$/m.exec(commands) ?? [];
  const needed = Object.values(KEYS).map(({ pattern }) => pattern.split("/").slice(0, 2).join("/"));
  assert.deepEqual(
    prefixes.split(" ").sort(),
    [...new Set(needed)].map((prefix) => `${prefix}/`).sort(),
  );
});

async function keysInEtcd(env: Readonly<Record<string, string>>) {
  const store = new EtcdStore(connectEtcd(etcdAccess(readConfig(env))));
  try {
    const mixer = z.object({ srtp: SrtpKey }).parse(
      JSON.parse((await store.get(`/rooms/${ROOM}/mixer`))?.value ?? "{}"),
    );
    const [key] = (await store.list("/linkkeys/")).entries;
    return {
      ...mixer,
      linkSecret: KEYS.linkKey.schema.parse(JSON.parse(key?.value ?? "{}")).secret,
    };
  } finally {
    await store.stop();
  }
}

async function roomcast(env: Readonly<Record<string, string>>, ...args: string[]) {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "src/main.ts", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
  }).output();
  return [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
}
