import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { z } from "zod";
import { freePort } from "../../deploy/local/ports.ts";
import { type LocalEtcd, startEtcd } from "../../deploy/local/etcd.ts";
import { nodeKey } from "../../src/contracts/keys.ts";
import type { NodeInfo } from "../../src/contracts/node.ts";
import { type Role, TOKEN_AUDIENCE, TOKEN_ISSUER } from "../../src/contracts/users.ts";
import { connectEtcd } from "../../src/coordination/etcd.ts";
import { startRooms } from "../../src/control/rooms/role.ts";
import { readConfig } from "../../src/platform/config.ts";
import type { Running } from "../../src/platform/lifecycle.ts";
import type { Log } from "../../src/platform/log.ts";
import type { RunningRole } from "../../src/platform/role.ts";

/** What a request came to. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The error's code and detail; empty when it is none. */
  readonly code: string;
  readonly detail: string;
  /** The JSON body by a schema. */
  as<S extends z.ZodType>(schema: S): z.output<S>;
}

const MaybeProblem = z.object({ code: z.string(), detail: z.string() }).catch({
  code: "",
  detail: "",
});

export interface LogLine {
  readonly level: string;
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

/** A Room Manager on an etcd of its own, with keys to sign tokens. */
export interface RoomsSite extends Running {
  readonly client: ReturnType<typeof connectEtcd>;
  readonly url: string;
  readonly etcdUrl: string;
  /** Where its key set is. */
  readonly usersUrl: string;
  readonly lines: readonly LogLine[];
  token(sub: string, role?: Role, expiresIn?: string): Promise<string>;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  rpc(body: unknown, token?: string): Promise<Answer>;
  putNode(kind: "janus" | "mixer", id: string, rest?: Partial<NodeInfo>): Promise<void>;
  dropNode(kind: "janus" | "mixer", id: string): Promise<void>;
  /** Starts one more Room Manager on the same etcd. */
  another(env?: Record<string, string>): Promise<RunningRole>;
  /** Stops all Room Managers. */
  stopManagers(): Promise<void>;
  signalEtcd(signal: Deno.Signal): void;
  killEtcd(): Promise<void>;
  reviveEtcd(): Promise<void>;
  /** Keeps a copy of all that etcd has. */
  snapshotEtcd(): Promise<void>;
  /** Gives etcd back what it had at the snapshot. */
  rollBackEtcd(): Promise<void>;
}

export interface CallOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly raw?: string;
  readonly headers?: Record<string, string>;
  /** Another Room Manager than the first. */
  readonly at?: string;
}

/** @param env More settings of its Room Managers. Without a Redis among them they have none. */
export async function startRoomsSite(env: Record<string, string> = {}): Promise<RoomsSite> {
  const dir = await Deno.makeTempDir({ prefix: "roomcast-rooms-" });
  const ports = { clientPort: freePort(), peerPort: freePort() };
  const bootEtcd = () => startEtcd({ dir: `${dir}/etcd`, ...ports, logFile: `${dir}/etcd.log` });
  let etcd: LocalEtcd = await bootEtcd();
  const client = connectEtcd([etcd.url]);
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { crv: "Ed25519" });
  const jwk = { ...await exportJWK(publicKey), kid: "k1", alg: "EdDSA", use: "sig" };
  const users = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => Response.json({ keys: [jwk] }),
  );
  const lines: LogLine[] = [];
  const start = (more: Record<string, string> = {}) =>
    startRooms({
      config: readConfig({
        ROOMCAST_REDIS: "redis://127.0.0.1:1",
        ROOMCAST_ETCD: etcd.url,
        ROOMCAST_USERS_URL: `http://127.0.0.1:${users.addr.port}`,
        ROOMCAST_ROOMS_PORT: "0",
        ...env,
        ...more,
      }),
      log: recorder(lines),
    });
  const first = await start();
  const roles = [first];
  const url = String(first.url);
  const swapEtcd = async (work: () => Promise<void>) => {
    etcd.kill("SIGKILL");
    await etcd.ended;
    await work();
    etcd = await bootEtcd();
  };
  const call = async (method: string, path: string, options: CallOptions = {}) => {
    const { token, body, raw = body === undefined ? undefined : JSON.stringify(body) } = options;
    const response = await fetch(`${options.at ?? url}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(raw === undefined ? {} : { "content-type": "application/json" }),
        ...options.headers,
      },
      ...(raw === undefined ? {} : { body: raw }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") ?? false;
    const json: unknown = isJson ? JSON.parse(text) : null;
    const { status, headers } = response;
    return {
      status,
      headers,
      text,
      ...MaybeProblem.parse(json),
      as: <S extends z.ZodType>(schema: S) => schema.parse(json),
    };
  };
  return {
    client,
    url,
    etcdUrl: etcd.url,
    usersUrl: `http://127.0.0.1:${users.addr.port}`,
    lines,
    call,
    rpc: (body, token) => call("POST", "/rpc", { body, ...(token === undefined ? {} : { token }) }),
    token: (sub, role = "user", expiresIn = "5m") =>
      new SignJWT({ name: `Name of ${sub}`, role })
        .setProtectedHeader({ alg: "EdDSA", kid: "k1" })
        .setSubject(sub).setIssuer(TOKEN_ISSUER).setAudience(TOKEN_AUDIENCE)
        .setIssuedAt().setExpirationTime(expiresIn).sign(privateKey),
    putNode: async (kind, id, rest = {}) => {
      await client.put(nodeKey(kind, id)).value(JSON.stringify(nodeInfo(kind, id, rest))).exec();
    },
    dropNode: async (kind, id) => {
      await client.delete().key(nodeKey(kind, id)).exec();
    },
    another: async (more = {}) => {
      const role = await start(more);
      roles.push(role);
      return role;
    },
    stopManagers: async () => {
      for (const role of roles.splice(0)) await role.stop();
    },
    signalEtcd: (signal) => etcd.kill(signal),
    killEtcd: async () => {
      etcd.kill("SIGKILL");
      await etcd.ended;
    },
    reviveEtcd: async () => {
      etcd = await bootEtcd();
    },
    snapshotEtcd: () => swapEtcd(() => copy(`${dir}/etcd`, `${dir}/etcd-before`)),
    rollBackEtcd: () =>
      swapEtcd(async () => {
        await Deno.remove(`${dir}/etcd`, { recursive: true });
        await copy(`${dir}/etcd-before`, `${dir}/etcd`);
      }),
    stop: async () => {
      for (const role of roles) await role.stop();
      client.close();
      await users.shutdown();
      await etcd.stop();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

export function nodeInfo(
  kind: "janus" | "mixer",
  id: string,
  rest: Partial<NodeInfo> = {},
): NodeInfo {
  return {
    id,
    kind,
    version: "0.1.0",
    url: "http://127.0.0.1:1",
    capacity: 100,
    load: 0,
    draining: false,
    unhealthy: null,
    startedAt: 1,
    ...rest,
  };
}

/** Asks again until the answer fits. */
export async function until<T>(
  ask: () => Promise<T>,
  fits: (answer: T) => boolean,
  timeoutMs = 10_000,
): Promise<T> {
  const giveUpAt = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    if (Date.now() > giveUpAt) {
      throw new Error(`It did not come to be; last seen: ${JSON.stringify(answer)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Copies a folder as it is, with its holes. */
async function copy(from: string, to: string): Promise<void> {
  const { success } = await new Deno.Command("cp", { args: ["-a", "--sparse=always", from, to] })
    .output();
  if (!success) throw new Error(`Cannot copy ${from}`);
}

function recorder(lines: LogLine[]): Log {
  const at = (level: string) => (fields: unknown, message?: string) => {
    const given = typeof fields === "object" && fields !== null ? { ...fields } : {};
    lines.push({ level, fields: given, message: message ?? String(fields) });
  };
  const log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  return { ...log, child: () => recorder(lines) };
}
