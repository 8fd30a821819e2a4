/**
 * A thread that ends this process when its main thread hangs. The embedded database runs in the main thread, and an engine
 * that loops for ever there, as on a disk that fills up in the middle of a write, can be ended by nothing else. Whoever
 * supervises the process starts it again; what was acked is on disk.
 */
import { writeSync } from "node:fs";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { watchdogThread } from "./shipped/files.ts";

/** How often the main thread shows that it lives, in ms; the watching thread counts in the same steps. */
const STEP_MS = 1000;
const STDERR = 2;

interface Task {
  readonly beats: SharedArrayBuffer;
  readonly steps: number;
}

/** Starts watching. @param limitMs how long the main thread may be held up. @returns what ends the watch */
export function watchMainThread(limitMs: number): () => void {
  const task: Task = { beats: new SharedArrayBuffer(4), steps: Math.ceil(limitMs / STEP_MS) };
  const beats = new Int32Array(task.beats);
  const timer = setInterval(() => Atomics.add(beats, 0, 1), STEP_MS / 2).unref();
  const worker = new Worker(watchdogThread(), { workerData: task });
  worker.unref();
  return () => {
    clearInterval(timer);
    void worker.terminate();
  };
}

/** Counts its own steps and reads no clock: a machine that slept, or a process that was stopped, did not hang. */
function watch({ beats, steps }: Task): void {
  const seen = new Int32Array(beats);
  let last = -1;
  let missed = 0;
  setInterval(() => {
    const now = Atomics.load(seen, 0);
    missed = now === last ? missed + 1 : 0;
    last = now;
    if (missed < steps) return;
    writeSync(
      STDERR,
      `polyge: the embedded database has held this process up for ${(steps * STEP_MS) / 1000} s and will not return; ` +
        "it ends now, to be started again. What was acked is on disk.\n",
    );
    process.kill(process.pid, "SIGKILL");
  }, STEP_MS);
}

if (!isMainThread) watch(workerData as Task);
