/** The envelope of every JSON answer, and the headers that go with it. */
import { ERROR_STATUS, type ErrorCode } from "../protocol/codes.ts";

/** What a browser may do with an answer that is data: nothing but read it. */
export const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** On every answer, whatever its kind. */
export const SECURITY_HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
} as const;

const JSON_HEADERS = {
  ...SECURITY_HEADERS,
  "Content-Type": "application/json; charset=utf-8",
  "Cache-Control": "no-store",
  "Content-Security-Policy": DATA_POLICY,
};

/** Any JSON with the headers of an answer. */
export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { ...JSON_HEADERS, ...headers } });

/** `{"success":true,"msg":"","rs":…}`. @param msg what must be said of it all the same */
export const success = (rs: unknown, msg = ""): Response => json({ success: true, msg, rs });

/** `{"success":false,"msg":…,"rs":"","code":…}` with the status that belongs to the code. */
export const failure = (code: ErrorCode, msg: string, headers?: Record<string, string>): Response =>
  json({ success: false, msg, rs: "", code }, ERROR_STATUS[code], headers);

/** 503 or 429: come back after so many seconds, at least 1. */
export const later = (code: "unavailable" | "too_many", msg: string, seconds: number): Response =>
  failure(code, msg, { "Retry-After": String(Math.max(1, Math.ceil(seconds))) });

/** 302 to a path of this server. */
export const redirect = (location: string): Response =>
  json({ success: true, msg: "", rs: "" }, 302, { Location: location });

/** Anything that is not JSON. `policy` is its Content-Security-Policy, `cache` its Cache-Control. */
export const content = (
  body: string | Bun.BunFile,
  type: string,
  { policy = DATA_POLICY, cache = "no-store" }: { policy?: string; cache?: string } = {},
): Response =>
  new Response(body, {
    headers: { ...SECURITY_HEADERS, "Content-Type": type, "Cache-Control": cache, "Content-Security-Policy": policy },
  });
