import { expect, test } from "bun:test";
import { dataOf } from "../support/peer.ts";
import { Reader, textOf } from "../support/reader.ts";
import { onEachDatabase, place, start } from "../support/services.ts";
import { Stage } from "../support/stage.ts";

onEachDatabase("a stop and a start on the same database", (kind) => {
  test("what was accepted arrives, what was confirmed does not come again", async () => {
    const settings = { ...(await place(kind)), LOG_LEVEL: "silent", TRUST_PROXY: "1" };
    let { service } = await start(settings);
    const stage = new Stage(async () => service.url);

    const sender = await stage.peer();
    const [offline, mute, prompt, two, sealed] = await stage.people(5);
    for (const data of ["stored 1", "stored 2"]) sender.send(offline!.uid, { data });
    const unanswering = await stage.open(mute!, { answersPings: false });
    for (const data of ["unconfirmed 1", "unconfirmed 2"]) sender.send(mute!.uid, { data });
    await unanswering.frames(2);
    const answering = await stage.open(prompt!);
    for (const data of ["confirmed 1", "confirmed 2"]) sender.send(prompt!.uid, { data });
    await answering.frames(2);
    const v2 = await stage.open(two!, { v2: true });
    for (const data of ["got", "not got"]) sender.send(two!.uid, { data });
    await v2.frames(2);
    v2.sendText({ type: "got", n: 1 });
    await v2.sync();
    const late = await stage.open(sealed!);
    expect(await late.soFar()).toEqual([]);

    const stopped = service.stop();
    // Sockets are still open while the server waits for the last pongs: what they send is accepted, hence stored.
    late.send(sealed!.uid, { data: "sent during the stop" });
    expect(await v2.next("bye")).toEqual({ type: "bye", code: 1001, retryAfterMs: expect.any(Number) });
    for (const peer of [sender, unanswering, answering, v2, late]) expect(await peer.closed).toBe(1001);
    // Or she would get it twice without a failure.
    expect(late.untaken()).toEqual([]);
    await stopped;

    ({ service } = await start(settings));
    const waiting = async (login: typeof mute) => (await (await stage.open(login!)).soFar()).map(dataOf);
    expect(await waiting(offline)).toEqual(["stored 1", "stored 2"]);
    expect(await waiting(mute)).toEqual(["unconfirmed 1", "unconfirmed 2"]);
    expect(await waiting(prompt)).toEqual([]);
    expect(await waiting(two)).toEqual(["not got"]);
    expect(await waiting(sealed)).toEqual(["sent during the stop"]);
    // Taken in the last moment: the history is written behind, but before the process ends.
    for (const [login, kept] of [
      [offline, ["stored 2", "stored 1"]],
      [prompt, ["confirmed 2", "confirmed 1"]],
    ] as const) {
      const { messages } = await new Reader(stage, login!).history(sender.uid);
      expect(messages.map(textOf)).toEqual([...kept]);
    }
    const own = await new Reader(stage, sealed!).history(sealed!.uid);
    // What came since may be there already: another marker.
    expect(own.messages.map(textOf).slice(-2)).toEqual(["sent during the stop", "marker 1"]);
    stage.clear();
    await service.stop();
  }, 60_000);
});
