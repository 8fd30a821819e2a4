/** From which address a socket connects, where the server is on this machine. */

/**
 * Linux has 28,232 ports for an address, and searches a part of them first: one half for those that it chooses itself, a
 * quarter for those of an address that is asked for. Once that part is taken each further one costs milliseconds of CPU.
 */
const SOCKETS_OF_AN_ADDRESS = 5000;

/**
 * The whole of 127.0.0.0/8 is this machine: each five thousand sockets have an address of their own. Another run has others,
 * since ports of sockets that are closed stay taken for a minute.
 * @param index of the socket in the whole crowd, below 1,000,000
 * @param run any whole number, the same for the whole crowd
 * @returns undefined: whichever the system takes
 */
export function sourceAddress(hostname: string, index: number, run: number): string | undefined {
  const turn = Math.floor(index / SOCKETS_OF_AN_ADDRESS);
  if (turn === 0 || !/^127\.\d+\.\d+\.\d+$/.test(hostname)) return undefined;
  return `127.${1 + ((run >>> 8) % 254)}.${run & 255}.${turn + 1}`;
}
