import assert from "node:assert/strict";
import { JanusSocket } from "../support/rtp/janus_socket.ts";
import { connectJanus } from "../../src/platform/janus/connect.ts";
import {
  AUDIOBRIDGE_ERRORS,
  type BridgeParticipant,
  JanusError,
  type SeatEvents,
} from "../../src/platform/janus/types.ts";
import { startRig } from "./janus_rig.ts";

/** An offer as a browser makes it, of somebody who never connects. */
const OFFER = [
  ...["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0"],
  ...["m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0"],
  ...["a=ice-ufrag:abcd", "a=ice-pwd:abcdefghijklmnopqrstuvwx", "a=ice-options:trickle"],
  ...[`a=fingerprint:sha-256 ${Array(32).fill("AB").join(":")}`, "a=setup:actpass", "a=mid:0"],
  ...["a=sendrecv", "a=rtcp-mux", "a=rtpmap:111 opus/48000/2", "a=ssrc:1 cname:x", ""],
].join("\r\n");

/** Events of a seat, each kept, and awaited one by one in the order they came. */
function recorder() {
  const past: string[] = [];
  let wake = () => {};
  const record = (event: string) => {
    past.push(event);
    wake();
  };
  const all = (participants: readonly BridgeParticipant[]) =>
    participants.map(({ id, display, muted }) => `${id} ${display} ${muted ? "muted" : "open"}`);
  const events: SeatEvents = {
    onParticipants: (changed) => record(`participants: ${all(changed).join()}`),
    onLeaving: (id) => record(`leaving: ${id}`),
    onTalking: (id, talking) => record(`talking: ${id} ${talking}`),
    onWebrtcUp: () => record("up"),
    onReceiving: (receiving) => record(`receiving: ${receiving}`),
    onHangup: () => record("hangup"),
    onGone: (reason) => record(`gone: ${reason}`),
    onCut: (reason) => record(`cut: ${reason}`),
  };
  const next = async () => {
    while (past.length === 0) await new Promise<void>((resolve) => wake = resolve);
    return past.shift();
  };
  return { events, next };
}

const refusal = (code: number | null) => (err: unknown) =>
  err instanceof JanusError && err.code === code;

Deno.test("the Janus driver", async (t) => {
  const rig = await startRig();
  const { url, apiSecret } = rig.janusOptions;
  const connection = await rig.connect();
  const bridge = await connection.bridge();
  const join = { room: "rc-abc", id: "u1", display: "Ann", muted: false, sdp: OFFER };

  await t.step("connectJanus() says why when Janus is away or refuses us", async () => {
    const away = connectJanus({ url: "ws://127.0.0.1:1/", apiSecret });
    await assert.rejects(away, /^JanusError: Cannot reach Janus at 127\.0\.0\.1:1: /);
    await assert.rejects(connectJanus({ url, apiSecret: "wrong" }), refusal(403));
  });

  await t.step("ensureRoom() and destroyRoom() may be called twice", async () => {
    await bridge.ensureRoom("rc-abc");
    await bridge.ensureRoom("rc-abc");
    assert.deepEqual(await bridge.listRooms(), ["rc-abc"]);
    await bridge.destroyRoom("rc-abc");
    await bridge.destroyRoom("rc-abc");
    assert.deepEqual(await bridge.listRooms(), []);
  });

  await t.step("forward() shows up in listForwarders() with its SSRC", async () => {
    await bridge.ensureRoom("rc-abc");
    const to = { host: "127.0.0.1", port: 39_100, ssrc: 2 ** 31 - 1 };
    const added = await bridge.forward("rc-abc", to);
    assert.deepEqual(await bridge.listForwarders("rc-abc"), [added]);
    await bridge.stopForwarder("rc-abc", added.streamId);
    await bridge.stopForwarder("rc-abc", added.streamId);
    await bridge.stopForwarder("rc-none", 1);
    assert.deepEqual(await bridge.listForwarders("rc-abc"), []);
    const unknown = bridge.listForwarders("rc-none");
    await assert.rejects(unknown, refusal(AUDIOBRIDGE_ERRORS.noSuchRoom));
  });

  await t.step("room management needs the admin key", async () => {
    const stranger = await connectJanus({ url, apiSecret });
    const keyless = await stranger.bridge();
    assert.deepEqual(await keyless.listRooms(), []);
    await assert.rejects(keyless.ensureRoom("rc-mine"), JanusError);
    const to = { host: "127.0.0.1", port: 39_100, ssrc: 1 };
    await assert.rejects(keyless.forward("rc-abc", to), JanusError);
    await stranger.stop();
    const socket = await JanusSocket.open(url, apiSecret);
    const play = socket.request({ request: "play_file", room: "rc-abc", filename: "/etc/passwd" });
    await assert.rejects(play, /admin_key|authorized/i);
    socket.close();
  });

  await t.step("seats join in one go, and hear of each other", async () => {
    const [ann, bob] = [recorder(), recorder()];
    const annSeat = await connection.seat(ann.events);
    const { sdp, participants } = await annSeat.join(join);
    assert.match(sdp, /^v=0\r\n[^]*a=candidate:/);
    assert.deepEqual(participants, []);
    const candidate = "candidate:1 1 udp 2113937151 127.0.0.1 40000 typ host";
    await annSeat.trickle({ candidate, sdpMid: "0", sdpMLineIndex: null });
    await annSeat.trickle(null);

    const bobSeat = await connection.seat(bob.events);
    const joined = await bobSeat.join({ ...join, id: "u2", display: "Bob", muted: true });
    assert.deepEqual(joined.participants.map(({ display }) => display), ["Ann"]);
    assert.equal(await ann.next(), "participants: u2 Bob muted");
    await bobSeat.configure({ muted: false });
    assert.equal(await ann.next(), "participants: u2 Bob open");
    await annSeat.configure({ display: "Anna" });
    assert.equal(await bob.next(), "participants: u1 Anna open");
    const ids = (await annSeat.participants()).map(({ id }) => id);
    assert.deepEqual(ids.sort(), ["u1", "u2"]);

    await bobSeat.stop();
    await bobSeat.stop();
    assert.equal(await ann.next(), "leaving: u2");
    await bridge.destroyRoom("rc-abc");
    assert.equal(await ann.next(), "gone: the room was closed");
    await assert.rejects(annSeat.participants(), JanusError);
  });

  await t.step("join() is refused with the reason", async () => {
    const none = await connection.seat(recorder().events);
    await assert.rejects(none.join(join), refusal(AUDIOBRIDGE_ERRORS.noSuchRoom));
    await bridge.ensureRoom("rc-abc");
    const garbled = await connection.seat(recorder().events);
    await assert.rejects(garbled.join({ ...join, sdp: "v=0\r\njunk\r\njunk" }), JanusError);
    const deaf = await connection.seat(recorder().events);
    await assert.rejects(deaf.configure({ muted: true }), refusal(AUDIOBRIDGE_ERRORS.notJoined));
    await Promise.all([none, garbled, deaf].map((seat) => seat.stop()));
  });

  await t.step("claim() takes a seat over from a connection that is gone", async () => {
    const [dead, taken, watching] = [await rig.connect(), recorder(), recorder()];
    const { place } = await (async () => {
      const seat = await dead.seat(recorder().events);
      await seat.join(join);
      return seat;
    })();
    await dead.stop();
    const watcher = await connection.seat(watching.events);
    await watcher.join({ ...join, id: "u2", display: "Bob" });

    const seat = await connection.claim(place, taken.events);
    assert.deepEqual(seat.place, place);
    await seat.configure({ muted: true });
    assert.equal(await watching.next(), "participants: u1 Ann muted");
    await watcher.configure({ display: "Bobby" });
    assert.equal(await taken.next(), "participants: u2 Bobby open");

    await seat.stop();
    assert.equal(await watching.next(), "leaving: u1");
    await assert.rejects(connection.claim(place, recorder().events), refusal(458));
    await assert.rejects(
      connection.claim({ ...watcher.place, id: "u9" }, recorder().events),
      refusal(AUDIOBRIDGE_ERRORS.notJoined),
    );
  });

  await t.step("join() puts out whoever has the same id, if told so", async () => {
    const [older, newer] = [recorder(), recorder()];
    await (await connection.seat(older.events)).join({ ...join, id: "twin", instead: true });
    const seat = await connection.seat(newer.events);
    await seat.join({ ...join, id: "twin", display: "Twin", instead: true });
    assert.equal(await older.next(), "gone: kicked");
    const twins = (await seat.participants()).filter(({ id }) => id === "twin");
    assert.deepEqual(twins.map(({ display }) => display), ["Twin"]);
    await seat.stop();
  });

  await t.step("a connection that breaks says so, to its seats too", async () => {
    const other = await rig.connect();
    const seated = recorder();
    await (await other.seat(seated.events)).join(join);
    rig.janus().kill("SIGSTOP");
    const reason = await other.broken;
    assert.match(reason.message, /^Cannot go on talking to Janus: /);
    assert.equal(await seated.next(), "cut: the connection to Janus broke");
    await assert.rejects(other.bridge(), JanusError);
    rig.janus().kill("SIGCONT");
    await other.stop();
    await rig.restartJanus();
  });

  await connection.stop();
  await rig.stop();
});
