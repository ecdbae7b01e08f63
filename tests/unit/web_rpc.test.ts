import assert from "node:assert/strict";
import fc from "fast-check";
import { CLOSE_CODES } from "../../src/contracts/socket.ts";
import { ClientError } from "../../web/src/client/client_error.ts";
import type { LinkState } from "../../web/src/client/link.ts";
import type { RpcClient } from "../../web/src/client/rpc_client.ts";
import { parseIncoming } from "../../web/src/client/rpc_messages.ts";
import { answerPing, reply, RpcPeer } from "./web_rpc_peer.ts";

async function withPeer(run: (peer: RpcPeer) => Promise<void>): Promise<void> {
  const peer = new RpcPeer();
  try {
    await run(peer);
  } finally {
    await peer.stop();
  }
}

/** Resolves as soon as the client's socket is in a state. */
function reached(client: RpcClient, status: LinkState["status"]): Promise<LinkState> {
  return new Promise((resolve) => {
    const stop = client.onState((state) => {
      if (state.status !== status) return;
      stop();
      resolve(state);
    });
  });
}

const code = (expected: string) => (error: unknown) =>
  error instanceof ClientError && error.code === expected;

Deno.test("RpcClient.call() opens the socket with the token and gives the answer", () =>
  withPeer(async (peer) => {
    const client = peer.client();
    const { now } = await client.call("ping", {});
    assert.ok(now > 0);
    assert.deepEqual(peer.tokens, ["a.b.c"]);
  }));

Deno.test("RpcClient.call() throws the gateway's error with its code and waiting time", () =>
  withPeer(async (peer) => {
    peer.onCall = ({ id, method }, socket) => {
      if (method !== "participants") return;
      const data = { code: "too_many_requests", detail: "slow down", retry: true, retryAfterS: 7 };
      const error = { code: 1011, message: "Too many tries", data };
      socket.send(JSON.stringify({ jsonrpc: "2.0", id, error }));
    };
    await assert.rejects(
      peer.client().call("participants", {}),
      (error) => code("too_many_requests")(error) && /7 seconds/.test(String(error)),
    );
  }));

Deno.test("RpcClient.call() throws `timeout` when there is no answer, and `bad_answer` when it is not one", () =>
  withPeer(async (peer) => {
    peer.onCall = (call, socket) => {
      answerPing(call, socket);
      if (call.method === "participants") reply(socket, call.id, { participants: "none" });
    };
    const client = peer.client();
    await assert.rejects(client.call("leave", {}, 30), code("timeout"));
    await assert.rejects(client.call("participants", {}), code("bad_answer"));
  }));

Deno.test("RpcClient.call() throws `offline` when the socket is lost under way, and comes back", () =>
  withPeer(async (peer) => {
    const client = peer.client();
    peer.onCall = (call, socket) => {
      if (call.method === "leave") socket.close(1011);
      else answerPing(call, socket);
    };
    await assert.rejects(client.call("leave", {}), code("offline"));
    await client.call("ping", {});
    assert.equal(peer.tokens.length, 2);
  }));

Deno.test("RpcClient.call() throws `offline` when no gateway can be reached in time", async () => {
  const peer = new RpcPeer();
  const client = peer.client();
  await peer.stop();
  await assert.rejects(client.call("ping", {}, 50), code("offline"));
  client.close();
});

Deno.test("RpcClient stays away when a newer connection took over, until it is asked back", () =>
  withPeer(async (peer) => {
    const client = peer.client();
    await client.call("ping", {});
    const closed = reached(client, "closed");
    peer.socket?.close(CLOSE_CODES.superseded.code);
    const state = await closed;
    assert.ok(state.status === "closed" && state.error.code === "superseded");
    await assert.rejects(client.call("ping", {}), code("superseded"));
    client.connect();
    await client.call("ping", {});
    assert.equal(peer.tokens.length, 2);
  }));

Deno.test("RpcClient connects to another gateway at once when one shuts down", () =>
  withPeer(async (peer) => {
    const client = peer.client({ baseMs: 60_000 });
    await client.call("ping", {});
    peer.socket?.close(CLOSE_CODES.shutting_down.code);
    await reached(client, "waiting");
    await client.call("ping", {});
    assert.equal(peer.tokens.length, 2);
  }));

Deno.test("RpcClient asks for a new token for each socket, and gives up when sign-in fails for good", () =>
  withPeer(async (peer) => {
    const tokens = ["t.1.x", "t.2.x"];
    const client = peer.client({
      token: () => {
        const token = tokens.shift();
        return token === undefined
          ? Promise.reject(new ClientError("guests_off"))
          : Promise.resolve(token);
      },
    });
    await client.call("ping", {});
    peer.socket?.close(1011);
    await reached(client, "open");
    assert.deepEqual(peer.tokens, ["t.1.x", "t.2.x"]);
    peer.socket?.close(1011);
    const state = await reached(client, "closed");
    assert.ok(state.status === "closed" && state.error.code === "guests_off");
  }));

Deno.test("RpcClient replaces a socket whose pings get no answer", () =>
  withPeer(async (peer) => {
    const client = peer.client({ pingMs: 40 });
    const open = reached(client, "open");
    client.connect();
    await open;
    peer.onCall = () => {};
    await reached(client, "waiting");
    peer.onCall = answerPing;
    await client.call("ping", {});
    assert.equal(peer.tokens.length, 2);
  }));

Deno.test("RpcClient.on() hears notifications that are what the contract says, and only those", () =>
  withPeer(async (peer) => {
    const client = peer.client();
    await client.call("ping", {});
    const kicked = new Promise((resolve) => client.on("kicked", resolve));
    peer.send("not JSON");
    peer.send({ jsonrpc: "2.0", method: "unheard_of", params: {} });
    peer.send({ jsonrpc: "2.0", method: "kicked", params: { reason: 7 } });
    peer.send({ jsonrpc: "2.0", method: "kicked", params: { reason: "room over", rejoin: false } });
    assert.deepEqual(await kicked, { reason: "room over", rejoin: false });
  }));

Deno.test("parseIncoming() never throws, whatever comes", () => {
  const message = fc.oneof(fc.anything(), fc.string(), fc.json());
  fc.assert(fc.property(message, (value) => {
    parseIncoming(value);
  }));
  assert.equal(parseIncoming('{"jsonrpc":"2.0","id":1,"error":{"code":1}}')?.kind, "error");
});
