import { expect, test } from "bun:test";
import { OPCODE, type Peer, Refused, wireFrame } from "../support/peer.ts";
import { onEachDatabase } from "../support/services.ts";
import { stageOn, TIGHT, TIGHT_LIMITS } from "../support/stage.ts";

onEachDatabase("limits of sockets and rates", (kind) => {
  const stage = stageOn(kind, TIGHT);
  const { burst, sockets, connections } = TIGHT_LIMITS;

  const flood = (sender: Peer, target: number, count: number): void => {
    const frames = Array.from({ length: count }, (_, i) => sender.frame(target, { msgId: BigInt(i + 1) }));
    sender.write(Buffer.concat(frames.map((frame) => wireFrame(OPCODE.binary, frame))));
  };

  test("past MAX_SOCKETS_PER_USER the oldest socket is closed with 4002, the others stay", async () => {
    const login = await stage.join();
    const open: Peer[] = [];
    for (let i = 0; i < sockets + 2; i++) open.push(await stage.open(login, { v2: i === 1 }));
    expect(await open[0]!.closed).toBe(4002);
    expect(await open[1]!.next("bye")).toEqual({ type: "bye", code: 4002, retryAfterMs: 0 });
    expect(await open[1]!.closed).toBe(4002);
    open.at(-1)!.send(login.uid, { data: "to the rest" });
    for (const socket of open.slice(2)) expect(await socket.data(1)).toEqual(["to the rest"]);
  });

  test("clients that never answer the close frame do not hold places", async () => {
    const login = await stage.join();
    const open: Peer[] = [];
    for (let i = 0; i < sockets; i++) {
      const peer = await stage.open(login);
      peer.stopReading();
      open.push(peer);
    }
    for (let i = 0; i < sockets; i++) open.push(await stage.open(login));
    for (const peer of open.slice(0, sockets)) {
      peer.readAgain();
      expect(await peer.closed).toBe(4002);
    }
    for (const peer of open.slice(sockets)) await peer.sync();
  });

  test("a plain client past MESSAGE_BURST is closed with 1008; what came before is delivered", async () => {
    const [sender, target] = [await stage.peer(), await stage.peer()];
    const before = await stage.frames("rate_limited");
    flood(sender, target.uid, 2 * burst);
    expect(await sender.closed).toBe(1008);
    const delivered = (await target.soFar()).length;
    // The budget earns one more a second while the flood is read.
    expect(delivered).toBeGreaterThanOrEqual(burst);
    expect(delivered).toBeLessThan(2 * burst);
    expect((await stage.frames("rate_limited")) - before).toBe(1);
  });

  test("a polyge.v2 client past MESSAGE_BURST gets nack rate_limited for each, and stays", async () => {
    const [sender, target] = [await stage.peer({ v2: true }), await stage.peer()];
    flood(sender, target.uid, 2 * burst);
    await sender.sync();
    const delivered = await target.soFar();
    const nacks = sender.untakenTexts("nack");
    expect(nacks[0]).toEqual({
      type: "nack",
      to: target.uid,
      msgId: String(delivered.length + 1),
      code: "rate_limited",
    });
    expect(delivered.length + nacks.length).toBe(2 * burst);
    await sender.sync();
  });

  test("a frame that was refused for its rate is new when it is sent again", async () => {
    const [one, target] = [await stage.peer({ v2: true }), await stage.peer()];
    flood(one, target.uid, 2 * burst);
    await one.sync();
    await target.soFar();
    const { msgId } = one.untakenTexts("nack").at(-1) as { msgId: string };
    const again = await stage.open(one.login, { v2: true });
    again.send(target.uid, { msgId: BigInt(msgId), data: "again" });
    expect(await target.data(1)).toEqual(["again"]);
  });

  test("text messages spend the same budget", async () => {
    const sender = await stage.peer({ v2: true });
    const typing = wireFrame(OPCODE.text, Buffer.from(JSON.stringify({ type: "typing", to: sender.uid })));
    sender.write(Buffer.concat(Array.from({ length: 2 * burst }, () => typing)));
    await sender.sync();
    expect(sender.untakenTexts("error")[0]).toMatchObject({ type: "error", code: "too_many" });
    expect(sender.untakenTexts("typing").length).toBeGreaterThanOrEqual(burst);
  });

  test("each uid of a watch counts as a message, and what it costs too much has to be earned again", async () => {
    const sender = await stage.peer({ v2: true });
    const uids = Array.from({ length: 2 * burst }, (_, i) => sender.uid + 1000 + i);
    sender.sendText({ type: "watch", uids });
    sender.sendText({ type: "unwatch", uids });
    expect(await sender.next("error")).toMatchObject({ code: "too_many" });
  });

  test("past MAX_CONNECTIONS an upgrade gets 503 with Retry-After, until one ends", async () => {
    const logins = await stage.people(Math.ceil((connections + 1) / sockets));
    let refused: Refused | undefined;
    let last: Peer | undefined;
    for (let i = 0; i <= connections && !refused; i++) {
      try {
        last = await stage.open(logins[Math.floor(i / sockets)]!);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        refused = error;
      }
    }
    expect(refused?.status).toBe(503);
    expect(refused?.head).toMatch(/^retry-after: [1-9]\d*$/im);
    expect(await stage.metric("polyge_sockets")).toBe(connections);
    await last!.close();
    await (await stage.open(logins.at(-1)!)).sync();
  });
});

onEachDatabase("tokens of open sockets", (kind) => {
  const stage = stageOn(kind);

  test("logout closes the token's sockets with 4001, and no others", async () => {
    const client = await stage.client();
    const { uid, uname, pwd, token } = await client.join();
    const other = await client.login(uname, pwd);
    const dying = [await stage.open({ uid, token }), await stage.open({ uid, token }, { v2: true })];
    const staying = await stage.open({ uid, token: other });
    await client.get("/logout", { token });
    expect(await dying[1]!.next("bye")).toEqual({ type: "bye", code: 4001, retryAfterMs: 0 });
    for (const socket of dying) expect(await socket.closed).toBe(4001);
    staying.send(uid, { data: "still here" });
    expect(await staying.data(1)).toEqual(["still here"]);
    const refused = await stage.open({ uid, token }).catch((error) => error);
    expect(refused.status).toBe(401);
  });

  test("refresh keeps the socket open under the new token, whose logout then closes it", async () => {
    const client = await stage.client();
    const { uid, token } = await client.join();
    const socket = await stage.open({ uid, token });
    const fresh = (await client.get("/refresh_token", { uid, client_id: 123, token })).body.rs;
    socket.send(uid, { data: "still here" });
    expect(await socket.data(1)).toEqual(["still here"]);
    await client.get("/logout", { token: fresh });
    expect(await socket.closed).toBe(4001);
  });
});
