/** The address that a limit counts by. */
import { isIP } from "node:net";

/**
 * The client's address as far as it can be believed: each trusted proxy appended what it saw to `X-Forwarded-For`, so
 * with n of them the nth entry from the right is the client; everything left of it the client may have made up.
 * @param peer the address at the other end of the connection
 * @param proxies `TRUST_PROXY`
 */
export function clientAddress(peer: string, forwardedFor: string | null, proxies: number): string {
  if (proxies === 0 || forwardedFor === null) return grouped(peer);
  const entries = forwardedFor.split(",").map(bare);
  const believed = entries.slice(-proxies).reverse();
  let address = peer;
  for (const entry of believed) {
    // What is not an address ends the chain: the proxy to its right is as far as we can see.
    if (isIP(entry) === 0) break;
    address = entry;
  }
  return grouped(address);
}

/** Without a port and brackets: some proxies add them. */
function bare(entry: string): string {
  const text = entry.trim();
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text);
  if (bracketed) return bracketed[1]!;
  return /^\d+\.\d+\.\d+\.\d+:\d+$/.test(text) ? text.slice(0, text.lastIndexOf(":")) : text;
}

/** IPv4 as it is; IPv6 as its /64, which is what one subscriber gets. IPv4 within IPv6 counts as IPv4. */
function grouped(address: string): string {
  const text = address.split("%", 1)[0]!;
  if (isIP(text) !== 6) return text;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text);
  if (mapped) return mapped[1]!;
  const [head, tail] = text.split("::", 2) as [string, string | undefined];
  const left = head === "" ? [] : head.split(":");
  const right = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill("0"), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
