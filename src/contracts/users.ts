import { z } from "zod";
import type { ErrorCode } from "./errors.ts";
import { DisplayName, UserId } from "./ids.ts";

/** A login name: 3–32 lower case letters, digits, dots, dashes, underscores. */
export const LoginName = z.string().trim().toLowerCase().regex(
  /^[a-z0-9][a-z0-9._-]{2,31}$/,
  "3 to 32 letters, digits, dots, dashes and underscores",
);
export const Password = z.string().min(10).max(200);
export const Role = z.enum(["guest", "user", "admin"]);
export type Role = z.infer<typeof Role>;

export const UserView = z.object({
  id: UserId,
  name: DisplayName,
  login: z.string().nullable(),
  role: Role,
  createdAt: z.iso.datetime(),
});
export type UserView = z.infer<typeof UserView>;

/** What a login, a refresh or a guest pass gives. */
export const TokenPair = z.object({
  accessToken: z.string(),
  /** Seconds until the access token expires. */
  expiresIn: z.number().int(),
  refreshToken: z.string(),
  user: UserView,
});
export type TokenPair = z.infer<typeof TokenPair>;

/** The claims of an access token (EdDSA, 15 min) beside the registered ones. `sub` is the user id. */
export const AccessClaims = z.object({ sub: UserId, name: DisplayName, role: Role });
export type AccessClaims = z.infer<typeof AccessClaims>;

export const TOKEN_ISSUER = "roomcast";
export const TOKEN_AUDIENCE = "roomcast";
export const ACCESS_TTL_S = 15 * 60;
export const REFRESH_TTL_S = 30 * 24 * 3600;

/** The one table of user operations: routes, checks and OpenAPI come from it. */
export const USER_OPERATIONS = {
  register: {
    method: "POST",
    path: "/api/auth/register",
    summary: "Make an account",
    auth: "none",
    params: z.strictObject({ login: LoginName, password: Password, name: DisplayName.optional() }),
    result: TokenPair,
    status: 201,
    errors: ["name_taken"],
  },
  login: {
    method: "POST",
    path: "/api/auth/login",
    summary: "Log in",
    auth: "none",
    params: z.strictObject({ login: z.string().max(64), password: z.string().max(200) }),
    result: TokenPair,
    status: 200,
    errors: ["login_failed"],
  },
  guest: {
    method: "POST",
    path: "/api/auth/guest",
    summary: "Come in as a guest, if guests are let in",
    auth: "none",
    params: z.strictObject({ name: DisplayName.optional() }),
    result: TokenPair,
    status: 201,
    errors: ["guests_off"],
  },
  refresh: {
    method: "POST",
    path: "/api/auth/refresh",
    summary: "Change a refresh token for a new pair; each works once",
    auth: "none",
    params: z.strictObject({ refreshToken: z.string().max(400) }),
    result: TokenPair,
    status: 200,
    errors: ["unauthorized"],
  },
  logout: {
    method: "POST",
    path: "/api/auth/logout",
    summary: "End the session of a refresh token",
    auth: "none",
    params: z.strictObject({ refreshToken: z.string().max(400) }),
    result: z.null(),
    status: 204,
    errors: [],
  },
  me: {
    method: "GET",
    path: "/api/auth/me",
    summary: "Who am I",
    auth: "user",
    params: z.strictObject({}),
    result: UserView,
    status: 200,
    errors: [],
  },
} as const satisfies Record<string, {
  method: "GET" | "POST";
  path: string;
  summary: string;
  auth: "none" | "user";
  params: z.ZodType;
  result: z.ZodType;
  status: number;
  errors: readonly ErrorCode[];
}>;
export type UserOperation = keyof typeof USER_OPERATIONS;
