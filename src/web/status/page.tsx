/** The operator's page: whether all is well, then how it goes. */
import { useState } from "preact/hooks";
import * as amounts from "./amounts.ts";
import { Chart, type Line } from "./chart.tsx";
import type { State } from "./figures.ts";
import type { Moment, Watch } from "./watch.ts";
import type { Words } from "./words.ts";

interface Props {
  readonly watch: Watch;
  readonly words: Words;
}

export function Page({ watch, words }: Props) {
  const link = watch.link.value;
  if (link === "locked" || link === "wrong") return <Lock watch={watch} words={words} />;
  const state = watch.state.value;
  return (
    <>
      {state?.stopping && (
        <p class="stopping" role="alert">
          {words.stopping}
        </p>
      )}
      {state && <Facts state={state} words={words} />}
      <Charts moments={watch.moments.value} words={words} />
      <p class="muted foot">
        {words.minutes}. {words.here}{" "}
        {watch.hasToken && (
          <button type="button" class="plain" onClick={() => watch.forget()}>
            {words.forget}
          </button>
        )}
      </p>
    </>
  );
}

function Lock({ watch, words }: Props) {
  const [token, setToken] = useState("");
  const wrong = watch.link.value === "wrong";
  return (
    <form
      class="lock"
      onSubmit={(event) => {
        event.preventDefault();
        if (token) watch.unlock(token);
      }}
    >
      <p>{words.locked}</p>
      <label>
        <span>{words.token}</span>
        <input
          type="password"
          autocomplete="off"
          value={token}
          aria-describedby="lock-note"
          aria-invalid={wrong}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      <p id="lock-note" class={wrong ? "bad" : "muted"} role={wrong ? "alert" : undefined}>
        {wrong ? words.wrong : words.kept}
      </p>
      <button type="submit">{words.unlock}</button>
    </form>
  );
}

function Facts({ state, words }: { state: State; words: Words }) {
  const { database, storing, broker } = state;
  const facts: [name: string, value: string, good?: boolean | undefined][] = [
    [words.state.database, database ? words.good : words.bad, database],
    [words.state.mailboxes, storing ? words.storing : words.notStoring, storing],
    broker === undefined
      ? [words.state.broker, words.alone]
      : [words.state.broker, broker ? words.good : words.bad, broker],
    [words.state.nodes, String(state.nodes)],
    [
      words.state.workers,
      state.silent > 0 ? `${state.processes} (${state.silent} ${words.silent})` : String(state.processes),
      state.silent > 0 ? false : undefined,
    ],
    [words.state.started, state.startedAt.toLocaleString(words.tag)],
    [words.state.version, state.version],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value, good]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class={good === undefined ? "" : good ? "good" : "bad"}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

type Panel = [title: string, amount: amounts.Amount, ...lines: Line[]];

function Charts({ moments, words }: { moments: readonly Moment[]; words: Words }) {
  const { panels, lines } = words;
  const line = (name: string, value: Line["value"]): Line => ({ name, value });
  const all: Panel[] = [
    [panels.sockets, amounts.count, line(lines.sockets, (m) => m.sockets), line(lines.users, (m) => m.users)],
    [panels.messages, amounts.count, line(lines.accepted, (m) => m.messages), line(lines.stored, (m) => m.stored)],
    [
      panels.confirmation,
      amounts.seconds,
      line(lines.p50, (m) => m.confirmation50),
      line(lines.p99, (m) => m.confirmation99),
    ],
    [panels.delivery, amounts.seconds, line(lines.p50, (m) => m.delivery50), line(lines.p99, (m) => m.delivery99)],
    [
      panels.mailboxes,
      amounts.count,
      line(lines.frames, (m) => m.mailFrames),
      line(lines.waitingUsers, (m) => m.mailUsers),
    ],
    [panels.refused, amounts.count, line(lines.refused, (m) => m.refused)],
    [panels.cpu, amounts.cores, line(lines.cores, (m) => m.cores)],
    [panels.memory, amounts.bytes, line(lines.resident, (m) => m.memory)],
    [panels.memoryHeld, amounts.bytes, line(lines.unconfirmed, (m) => m.unconfirmedBytes)],
    [panels.lag, amounts.seconds, line(lines.late, (m) => m.lag99)],
    [panels.traffic, amounts.bytesPerSecond, line(lines.in, (m) => m.bytesIn), line(lines.out, (m) => m.bytesOut)],
    [panels.calls, amounts.count, line(lines.all, (m) => m.calls), line(lines.failed, (m) => m.failedCalls)],
  ];
  return (
    <div class="panels">
      {all.map(([title, amount, ...drawn]) => (
        <Chart key={title} title={title} amount={amount} lines={drawn} moments={moments} none={words.none} />
      ))}
    </div>
  );
}
