import { afterAll, expect, test } from "bun:test";
import { createPostgres, NO_POSTGRES } from "../support/databases.ts";
import { suiteUnless } from "../support/needs.ts";
import { Reader, textOf } from "../support/reader.ts";
import { METRICS_TOKEN, start } from "../support/services.ts";
import { Stage } from "../support/stage.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

/** The least that may be set, in bytes; and more frames than fit. */
const QUEUE_BYTES = 65_536;
const FRAMES = 100;
const FRAME_BYTES = 1000;
const MAILBOX_FRAMES = 3;

suiteUnless(NO_POSTGRES, "history on a database that goes away", () => {
  const wires: Wire[] = [];
  afterAll(() => wires.forEach((wire) => void wire.close()));

  async function world() {
    const wire = new Wire(new URL(await createPostgres()));
    wires.push(wire);
    const settings = {
      DATABASE_URL: await wire.open(),
      LOG_LEVEL: "warn",
      TRUST_PROXY: "1",
      METRICS_TOKEN,
      HISTORY_QUEUE_BYTES: String(QUEUE_BYTES),
      MAILBOX_FRAMES: String(MAILBOX_FRAMES),
    };
    const { service, lines } = await start(settings);
    const stage = new Stage(async () => service.url);
    const [one, other] = await stage.people(2);
    const reader = new Reader(stage, other!);
    return { wire, service, settings, lines, stage, ana: await stage.open(one!), other: other!, reader };
  }

  test("frames are relayed all the same, wait in bounded memory, and past it are left out, counted and logged", async () => {
    const { wire, service, lines, stage, ana, other, reader } = await world();
    const ben = await stage.open(other);
    await ben.soFar();
    wire.cut = true;
    for (let i = 1; i <= FRAMES; i++) ana.send(ben.uid, { data: String(i).padEnd(FRAME_BYTES, ".") });
    expect((await ben.data(FRAMES)).map(parseFloat)).toEqual(Array.from({ length: FRAMES }, (_, i) => i + 1));
    const dropped = await stage.metric("polyge_history_dropped_total");
    const waiting = await stage.metric("polyge_history_queue_frames");
    expect(dropped).toBeGreaterThan(FRAMES - QUEUE_BYTES / FRAME_BYTES);
    // With what ben wrote to himself to see that nothing had come yet.
    expect(dropped + waiting).toBeLessThanOrEqual(FRAMES + 1);
    expect(await stage.metric("polyge_history_queue_bytes")).toBeLessThan(QUEUE_BYTES + 2 * FRAME_BYTES);

    wire.cut = false;
    const kept = await reader.kept(ana.uid, FRAMES - dropped);
    expect(kept.map((each) => parseFloat(textOf(each)))).toEqual(
      Array.from({ length: FRAMES - dropped }, (_, i) => FRAMES - dropped - i),
    );
    expect(await stage.metric("polyge_history_queue_frames")).toBe(0);
    expect(lines.filter((line) => line.includes("left out of the history")).length).toBe(1);
    stage.clear();
    await service.stop();
  }, 30_000);

  test("a frame that the mailbox had no room for is not in the history either", async () => {
    const { service, stage, ana, reader } = await world();
    for (let i = 1; i <= MAILBOX_FRAMES + 2; i++) ana.send(reader.login.uid, { data: `${i}` });
    await ana.sync();
    while ((await stage.frames("mailbox_full")) < 2);
    // It is written behind those.
    ana.send(ana.uid, { data: "last" });
    await new Reader(stage, ana.login).kept(ana.uid, 1);
    expect((await reader.history(ana.uid)).messages.map(textOf)).toEqual(["3", "2", "1"]);
    stage.clear();
    await service.stop();
  }, 30_000);

  test("what was taken at the very end is written before the process ends", async () => {
    const { service, settings, stage, ana, other } = await world();
    for (const data of ["1", "2", "3"]) ana.send(other.uid, { data });
    // Sooner than anything is written by itself.
    await ana.sync();
    await service.stop();
    const again = await start(settings);
    const late = new Reader(new Stage(async () => again.service.url), other);
    expect((await late.history(ana.uid)).messages.map(textOf)).toEqual(["3", "2", "1"]);
    stage.clear();
    await again.service.stop();
  }, 30_000);

  test("a server that keeps none any more deletes nothing, and says at its start how much there is", async () => {
    const { service, settings, stage, ana, other } = await world();
    for (const data of ["1", "2", "3"]) ana.send(other.uid, { data });
    await ana.sync();
    await service.stop();
    stage.clear();
    const again = await start({ ...settings, LOG_FORMAT: "json", HISTORY_DAYS: "0" });
    const said = () => again.lines.find((line) => line.includes("HISTORY_DAYS is 0"));
    await until("it says so", () => said() !== undefined);
    expect(JSON.parse(said()!)).toMatchObject({ level: 40, messages: 3, oldest: expect.stringMatching(/^20.*Z$/) });
    await again.service.stop();
  }, 30_000);
});
