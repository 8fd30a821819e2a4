import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Service } from "../../src/service.ts";
import { place, start } from "../support/services.ts";
import { Stage } from "../support/stage.ts";

/** The clock that liveness reads moves every 50 ms. */
const TIMES = { pingAfterMs: 100, closeAfterMs: 400, sweepMs: 20 };

describe("silent sockets", () => {
  let service: Service;
  beforeAll(async () => {
    // A fast machine sends more in this time than a client may.
    const settings = { ...(await place("pglite")), LOG_LEVEL: "silent", TRUST_PROXY: "1", MESSAGE_RATE: "0" };
    ({ service } = await start(settings, { liveness: TIMES }));
  }, 60_000);
  const stage = new Stage(async () => service.url);
  afterAll(() => stage.clear());

  test("one that answers no ping is pinged, then ended, and her frames go to the mailbox", async () => {
    const witness = await stage.peer({ v2: true });
    const login = await stage.join();
    const opened = performance.now();
    const silent = await stage.open(login, { answersPings: false });
    expect((await silent.nextPing()).length).toBe(0);
    const pinged = performance.now() - opened;
    witness.send(silent.uid, { msgId: 1n, data: "for later" });
    expect(await silent.data(1)).toEqual(["for later"]);
    expect(await silent.closed).toBe(1006);
    // The clock that is read was set up to 50 ms before the socket opened.
    expect(pinged).toBeGreaterThanOrEqual(TIMES.pingAfterMs - 50);
    expect(performance.now() - opened).toBeGreaterThanOrEqual(TIMES.closeAfterMs - 50);
    expect(await witness.next("ack")).toMatchObject({ to: silent.uid, msgId: "1", status: "stored" });
    expect(await (await stage.open(silent.login)).data(1)).toEqual(["for later"]);
  });

  test("one that the server keeps sending to is ended all the same", async () => {
    const [silent, sender] = [await stage.peer({ answersPings: false }), await stage.peer()];
    let ended = false;
    void silent.closed.then(() => (ended = true));
    while (!ended) {
      sender.send(silent.uid);
      await sender.sync();
    }
    expect(await silent.closed).toBe(1006);
  });

  test.each([
    ["a pong", (peer: Awaited<ReturnType<Stage["peer"]>>, ping: Buffer) => peer.pong(ping)],
    ["an unsolicited pong", (peer: Awaited<ReturnType<Stage["peer"]>>) => peer.pong(Buffer.from("alive"))],
    ["a frame", (peer: Awaited<ReturnType<Stage["peer"]>>) => void peer.send(peer.uid)],
  ])("%s shows that somebody is there", async (_, answer) => {
    const peer = await stage.peer({ answersPings: false });
    const opened = performance.now();
    while (performance.now() - opened < 2 * TIMES.closeAfterMs) answer(peer, await peer.nextPing());
    await peer.sync();
  });
});
