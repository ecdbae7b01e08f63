import assert from "node:assert/strict";
import { ERRORS } from "../../src/contracts/errors.ts";
import type { ClientError } from "../../web/src/client/client_error.ts";
import { HeldSeat } from "../../web/src/client/held_seat.ts";
import { answerPing, type Call, reply, RpcPeer } from "./web_rpc_peer.ts";

const SECRET = "s".repeat(32);
const held = () => new HeldSeat({ seat: "ann.1", secret: SECRET, lastEventId: "1-0" });
const never = new AbortController().signal;

const RESUMED = {
  seat: "ann.1",
  participants: [{ id: "ann.1", userId: "ann", name: "Ann", role: "host", muted: true }],
  talking: [],
  room: {
    id: "tea",
    title: "Tea",
    owner: { id: "ann", name: "Ann" },
    hasPin: false,
    redundancy: 1,
    access: "open",
    createdAt: "2026-01-01T00:00:00.000Z",
    state: "idle",
    stateText: "The room is not on air.",
    reasons: [],
    live: null,
    links: { listen: "/listen/tea", studio: "/studio/tea", hls: "/a", classic: "/b" },
  },
  lastEventId: "9-0",
  events: [],
};

/** A gateway that answers each `resume` with the next of these: a code, a result, or a broken socket. */
async function withAnswers(
  answers: ("lost" | "ok" | keyof typeof ERRORS)[],
  run: (peer: RpcPeer, resumes: Call[]) => Promise<void>,
): Promise<void> {
  const peer = new RpcPeer();
  const resumes: Call[] = [];
  peer.onCall = (call, socket) => {
    answerPing(call, socket);
    if (call.method !== "resume") return;
    resumes.push(call);
    const answer = answers.shift() ?? "seat_gone";
    if (answer === "lost") return socket.close(1011);
    if (answer === "ok") return reply(socket, call.id, RESUMED);
    const data = { code: answer, detail: "", retry: ERRORS[answer].retry };
    const error = { code: ERRORS[answer].rpc, message: ERRORS[answer].title, data };
    socket.send(JSON.stringify({ jsonrpc: "2.0", id: call.id, error }));
  };
  try {
    await run(peer, resumes);
  } finally {
    await peer.stop();
  }
}

Deno.test("HeldSeat.resume() tries again when the socket breaks or a part is away, after the last event heard", () =>
  withAnswers(["lost", "unavailable", "ok", "ok"], async (peer, resumes) => {
    const [seat, client] = [held(), peer.client()];
    seat.heard("5-0");
    seat.heard(undefined);
    const resumed = await seat.resume(client, never);
    assert.deepEqual(resumed?.participants.map(({ muted }) => muted), [true]);
    await seat.resume(client, never);
    const asked = resumes.map(({ params }) => params);
    const proof = { seat: "ann.1", secret: SECRET };
    assert.deepEqual(asked.slice(0, 3), Array(3).fill({ ...proof, lastEventId: "5-0" }));
    assert.deepEqual(asked[3], { ...proof, lastEventId: "9-0" });
  }));

Deno.test("HeldSeat.resume() gives null when the seat must be joined anew", () =>
  withAnswers(["seat_gone"], async (peer) => {
    assert.equal(await held().resume(peer.client(), never), null);
  }));

Deno.test("HeldSeat.resume() throws `room_over` when the broadcast is over", () =>
  withAnswers(["room_not_live"], async (peer) => {
    const over = ({ code }: ClientError) => code === "room_over";
    await assert.rejects(held().resume(peer.client(), never), over);
  }));

Deno.test("RpcClient.call() opens one socket when it is made in the very moment the last one broke", () =>
  withAnswers(["lost", "ok"], async (peer) => {
    const client = peer.client();
    const seat = held();
    const again = new Promise((resolve) => {
      const stop = client.onState(({ status }) => {
        if (status !== "waiting") return;
        stop();
        resolve(client.call("ping", {}));
      });
    });
    assert.ok(await seat.resume(client, never));
    await again;
    await client.call("ping", {});
    assert.equal(peer.tokens.length, 2);
  }));
