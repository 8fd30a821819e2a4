/** Where NATS is, from `NATS_URL`: nats.js takes no credentials from a URL, and a password may look like a port to it. */
import { StartError } from "../store/failures.ts";

const SCHEMES = ["nats:", "tls:"];
const DEFAULT_PORT = "4222";

export const NATS_URL_RULE = "must be URLs that start with nats:// or tls://, with commas between";

/** What nats.js asks for. */
export interface NatsAddress {
  /** host:port, one for each URL. */
  servers: string[];
  user?: string;
  pass?: string;
  token?: string;
  /** Given where any URL says tls://: then a server without TLS is refused. */
  tls?: Record<string, never>;
}

/** Whether one URL is of the kind that `natsAddress` takes; a `%` that escapes nothing makes it none. */
export function isNatsUrl(text: string): boolean {
  const url = URL.parse(text.trim());
  if (!url?.hostname || !SCHEMES.includes(url.protocol)) return false;
  return !/%(?![0-9a-f]{2})/i.test(url.username + url.password);
}

/**
 * @param urls `nats://` or `tls://`; user and password (or a token alone, before the @) in the first that has any, for all
 * @throws StartError that names no part of a URL, for it may hold a password
 */
export function natsAddress(urls: readonly string[]): NatsAddress {
  if (urls.length === 0 || !urls.every(isNatsUrl)) throw new StartError(`NATS_URL: ${NATS_URL_RULE}`);
  const parsed = urls.map((text) => new URL(text.trim()));
  const { username, password } = parsed.find((url) => url.username) ?? parsed[0]!;
  const user = decodeURIComponent(username);
  return {
    servers: parsed.map((url) => `${url.hostname}:${url.port || DEFAULT_PORT}`),
    ...(user && (password ? { user, pass: decodeURIComponent(password) } : { token: user })),
    ...(parsed.some((url) => url.protocol === "tls:") && { tls: {} }),
  };
}
