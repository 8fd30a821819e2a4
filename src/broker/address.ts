/** Where NATS is, from `NATS_URL`: nats.js takes no credentials from a URL, and a password may look like a port to it. */
import { StartError } from "../store/failures.ts";

const SCHEMES = ["nats:", "tls:"];
const DEFAULT_PORT = "4222";

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

/**
 * @param urls `nats://` or `tls://`; user and password (or a token alone, before the @) in the first that has any, for all
 * @throws StartError that names no part of a URL, for it may hold a password
 */
export function natsAddress(urls: readonly string[]): NatsAddress {
  const parsed = urls.map((text) => URL.parse(text.trim()));
  if (parsed.length === 0 || !parsed.every((url) => url !== null && SCHEMES.includes(url.protocol) && url.hostname)) {
    throw new StartError("NATS_URL: must be nats://host:port or tls://host:port, or several with commas between");
  }
  const known = parsed as URL[];
  const { username, password } = known.find((url) => url.username) ?? known[0]!;
  const user = decodeURIComponent(username);
  return {
    servers: known.map((url) => `${url.hostname}:${url.port || DEFAULT_PORT}`),
    ...(user && (password ? { user, pass: decodeURIComponent(password) } : { token: user })),
    ...(known.some((url) => url.protocol === "tls:") && { tls: {} }),
  };
}
