/**
 * What the codec costs on the server's path, frame by frame: `bun run bench:codec`. Beside each time stands what it
 * allocates: the in-place reads and the CRC check nothing, so the relay adds no garbage of its own to the `Buffer` in
 * which Bun hands over a message. Allocation is the growth of a process whose garbage collector is switched off.
 */
import { loadCrc32 } from "../src/client/crc32.ts";
import { crcMatches, decodeFrame, encodeFrame, readUid, TARGET_OFFSET, UID_OFFSET } from "../src/protocol/frame.ts";

const FRAMES = 1024;
const CALLS = 2_000_000;
const ROUNDS = 5;
/** Calls after which the process has its full size, before allocation is measured. */
const WARM_UP = 300_000;

const wasm = await loadCrc32();
const native = Bun.hash.crc32;

function frames(dataBytes: number): Buffer[] {
  return Array.from({ length: FRAMES }, (_, index) => {
    const data = crypto.getRandomValues(new Uint8Array(dataBytes));
    return Buffer.from(encodeFrame({ uid: index + 1, target: index + 2, msgId: 0n, timestampMs: 1n, data }, native));
  });
}

/** Each returns something that depends on the frame, so that no call can be left out. */
const steps: [name: string, step: (frame: Buffer) => number][] = [
  ["the server's path: CRC, both uids, in place", (frame) => serverPath(frame)],
  ["CRC in place, Bun.hash.crc32", (frame) => Number(crcMatches(frame, native(frame)))],
  ["CRC over subarray, Bun.hash.crc32", (frame) => native(frame.subarray(0, frame.length - 4))],
  ["CRC over subarray, hash-wasm", (frame) => wasm(frame.subarray(0, frame.length - 4))],
  ["both uids in place", (frame) => readUid(frame, UID_OFFSET) + readUid(frame, TARGET_OFFSET)],
  ["decodeFrame: DataView, bigints, subarrays", (frame) => (decodeFrame(frame, native) as { uid: number }).uid],
];

function serverPath(frame: Buffer): number {
  if (!crcMatches(frame, native(frame))) return 0;
  return readUid(frame, UID_OFFSET) + readUid(frame, TARGET_OFFSET);
}

let sink = 0;

function run(step: (frame: Buffer) => number, among: readonly Buffer[]): number {
  const started = performance.now();
  for (let call = 0; call < CALLS; call++) sink += step(among[call & (FRAMES - 1)]!);
  return ((performance.now() - started) * 1e6) / CALLS;
}

/** Bytes of growth a call, in a process that collects no garbage. */
function growth(step: (frame: Buffer) => number, among: readonly Buffer[]): number {
  for (let call = 0; call < WARM_UP; call++) sink += step(among[call & (FRAMES - 1)]!);
  const before = process.memoryUsage.rss();
  run(step, among);
  return (process.memoryUsage.rss() - before) / CALLS;
}

/** Measures growth in a process of its own: one step's garbage must not be another's. */
async function allocated(step: number, dataBytes: number): Promise<number> {
  const child = Bun.spawn([process.execPath, import.meta.path, String(step), String(dataBytes)], {
    env: { ...process.env, BUN_JSC_useGC: "0" },
  });
  return Number(await new Response(child.stdout).text());
}

const [step, dataBytes] = process.argv.slice(2).map(Number);
if (step !== undefined && dataBytes !== undefined) {
  console.log(growth(steps[step]![1], frames(dataBytes)));
  process.exit(Number.isNaN(sink) ? 1 : 0);
}

for (const dataBytes of [64, 1024]) {
  const among = frames(dataBytes);
  console.log(
    `\n${`${dataBytes + 36}-byte frames`.padEnd(50)}${"ns a frame".padStart(12)}${"bytes allocated".padStart(18)}`,
  );
  for (const [index, [name, step]] of steps.entries()) {
    const times = Array.from({ length: ROUNDS }, () => run(step, among)).sort((a, b) => a - b);
    const bytes = await allocated(index, dataBytes);
    console.log(`${name.padEnd(50)}${times[ROUNDS >> 1]!.toFixed(1).padStart(12)}${bytes.toFixed(1).padStart(18)}`);
  }
}
