import { afterEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Server } from "bun";
import { loadAndReport } from "./loading.ts";

const PATIENCE_MS = 60_000;

describe("what goes wrong is in the report:", () => {
  let relay: Server<{ uid: string }> | undefined;
  let folder = "";
  afterEach(async () => {
    await relay?.stop(true);
    relay = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  /** A service that does with the nth frame what `deliver` says. */
  async function serve(deliver: (nth: number, frame: Buffer) => readonly Uint8Array[]): Promise<string[]> {
    let nth = 0;
    const server = Bun.serve<{ uid: string }>({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request, self) {
        const uid = new URL(request.url).searchParams.get("uid");
        if (uid === null) return new Response(null, { status: 404 });
        return self.upgrade(request, { data: { uid } }) ? undefined : new Response(null, { status: 400 });
      },
      websocket: {
        open: (ws) => void ws.subscribe(ws.data.uid),
        message(_ws, frame) {
          const target = String((frame as Buffer).readBigUInt64BE(8));
          for (const each of deliver(nth++, frame as Buffer)) server.publish(target, each);
        },
      },
    });
    relay = server;
    folder = await mkdtemp(join(tmpdir(), "polyge-load-relay-"));
    const accounts = join(folder, "accounts");
    await writeFile(accounts, Array.from({ length: 4 }, (_, index) => `${index + 1}\t${"1".repeat(32)}\n`).join(""));
    return ["--url", `http://127.0.0.1:${server.port}`, "--accounts", accounts, "--sockets", "4"];
  }

  test(
    "frames lost, repeated and spoilt, each counted",
    async () => {
      const spoilt = (frame: Buffer) => frame.map((byte, at) => (at === 40 ? byte ^ 1 : byte));
      const at = await serve((nth, frame) => {
        if (nth === 10) return [];
        if (nth === 20) return [frame, frame];
        if (nth === 30) return [spoilt(frame)];
        return [frame];
      });
      const { code, result, output } = await loadAndReport([
        ...[...at, "--seconds", "1", "--warm-up", "0", "--rate", "100", "--drain", "2"],
      ]);
      expect(result.accounts).toMatchObject({
        sent: 100,
        received: 98,
        lost: 2,
        repeated: 1,
        corrupt: 1,
        outOfOrder: 0,
      });
      expect(result.lost.reduce((total, { messages }) => total + messages, 0)).toBe(2);
      expect(code).toBe(1);
      expect(output).toContain("Of 100 messages: 2 lost, 1 repeated, 1 corrupt.");
    },
    PATIENCE_MS,
  );

  test(
    "a service that takes no socket at all",
    async () => {
      const at = await serve(() => []);
      relay?.reload({ fetch: () => new Response(null, { status: 503 }), websocket: { message() {} } });
      const { code, result, output } = await loadAndReport([
        ...[...at, "--seconds", "1", "--warm-up", "0", "--rate", "100", "--drain", "1"],
      ]);
      expect(code).toBe(2);
      expect(result.accounts).toMatchObject({ connects: 0, sent: 0 });
      expect(Object.keys(result.refusals)).toEqual([expect.stringContaining("503")]);
      expect(output).toContain("No socket could be opened.");
    },
    PATIENCE_MS,
  );

  test(
    "a server killed in the middle, with what was lost and when",
    async () => {
      let killed = false;
      const { code, result, output } = await loadAndReport(
        [...["--sockets", "20", "--seconds", "4", "--warm-up", "0", "--in-flight", "50", "--drain", "1"]],
        (progress) => {
          const pid = /^server (\d+) on ws/m.exec(progress)?.[1];
          if (killed || pid === undefined || !/talking .* received\/s/.test(progress)) return;
          killed = true;
          process.kill(Number(pid), "SIGKILL");
        },
      );
      const { accounts, lost, incidents, codes } = result;
      expect(code).toBe(1);
      expect(accounts.ended).toBe(20);
      expect(codes).toEqual({ "1006": 20 });
      expect(accounts.lost).toBe(accounts.sent - accounts.received);
      expect(accounts.lost).toBeGreaterThan(0);
      const death = incidents.find(({ text }) => text === "the server ended, with SIGKILL")!;
      expect(lost.reduce((total, { messages }) => total + messages, 0)).toBe(accounts.lost);
      for (const { second } of lost) expect(Math.abs(second - death.second)).toBeLessThan(3);
      expect(output).toMatch(/Lost were some due at \d+ to \d+ s\./);
    },
    PATIENCE_MS,
  );
});
