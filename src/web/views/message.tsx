/** One message, and what became of it. */
import { Component } from "preact";
import type { Entry, Fate } from "../state/entry.ts";
import { clockOf, fullOf } from "../state/times.ts";
import type { Words } from "../words/english.ts";
import { Icon, type IconName } from "./icons.tsx";

const FATE_ICONS: Record<Fate, IconName> = {
  sending: "clock",
  written: "check",
  stored: "check",
  delivered: "checks",
  read: "checks",
  failed: "alert",
};

interface MessageProps {
  readonly entry: Entry;
  readonly isOwn: boolean;
  /** Who says it, for those who do not see on which side it stands. */
  readonly name: string;
  /** The message before is the same person's, a moment ago. */
  readonly follows: boolean;
  readonly words: Words;
  readonly onRetry: (entry: Entry) => void;
  readonly onDiscard: (entry: Entry) => void;
}

/** A class, as it is drawn again only for another entry: many arrive while hundreds are shown. */
export class MessageRow extends Component<MessageProps> {
  override shouldComponentUpdate(next: MessageProps): boolean {
    const { entry, follows, words, name } = this.props;
    return next.entry !== entry || next.follows !== follows || next.words !== words || next.name !== name;
  }

  override render({ entry, isOwn, name, follows, words, onRetry, onDiscard }: MessageProps) {
    return (
      <li class={`message ${isOwn ? "own" : "theirs"}${follows ? " follows" : ""}`}>
        <div class="bubble">
          <span class="unseen">{name}: </span>
          <span class="text" dir="auto">
            {entry.text}
          </span>
          <span class="meta">
            <time dateTime={new Date(entry.timestampMs).toISOString()} title={fullOf(entry.timestampMs, words)}>
              {clockOf(entry.timestampMs, words)}
            </time>
            {isOwn && <FateMark entry={entry} words={words} />}
          </span>
        </div>
        {isOwn && <Trouble {...{ entry, words, onRetry, onDiscard }} />}
      </li>
    );
  }
}

/** Reads the signal by itself, so that an ack draws a tick and not a message. */
function FateMark({ entry, words }: { entry: Entry; words: Words }) {
  const fate = entry.fate.value;
  if (!fate) return null;
  return (
    <span class={`fate ${fate}`} role="img" aria-label={words[fate]} title={words[fate]}>
      <Icon name={FATE_ICONS[fate]} />
    </span>
  );
}

function Trouble({
  entry,
  words,
  onRetry,
  onDiscard,
}: Pick<MessageProps, "entry" | "words" | "onRetry" | "onDiscard">) {
  if (entry.fate.value !== "failed") return null;
  const why = entry.problem ?? "";
  return (
    <p class="trouble" role="alert">
      {words.failed}. {words.errors[why] ?? words.errorOther(why)}
      <button type="button" class="quiet" onClick={() => onRetry(entry)}>
        {words.retry}
      </button>
      <button type="button" class="quiet" onClick={() => onDiscard(entry)}>
        {words.discard}
      </button>
    </p>
  );
}
