/**
 * The messages of a talk, to scroll in. What is shown is the talk's window, so there are never more rows than that; near its
 * ends more is loaded, and what stays in sight does not move while rows come and go above or below it.
 */
import { useComputed } from "@preact/signals";
import { Component, createRef } from "preact";
import type { Entry } from "../state/entry.ts";
import type { Loading, Talk } from "../state/talk.ts";
import { dayNameOf, dayOf } from "../state/times.ts";
import type { Words } from "../words/english.ts";
import { Icon } from "./icons.tsx";
import { MessageRow } from "./message.tsx";

/** Nearer to an end than this, more is loaded, in px. */
const NEAR = 1600;
/** Nearer to the end than this counts as at the end, in px. */
const AT_END = 40;
/** Messages of one person within this time stand together. */
const TOGETHER_MS = 5 * 60_000;

interface TimelineProps {
  readonly talk: Talk;
  readonly entries: readonly Entry[];
  readonly loading: Loading | undefined;
  readonly name: string;
  readonly words: Words;
  /** The end of the talk came into sight, or left it. */
  readonly onEnd: (inSight: boolean) => void;
}

interface Anchor {
  readonly row: Element;
  readonly top: number;
}

export class Timeline extends Component<TimelineProps> {
  readonly #scroller = createRef<HTMLElement>();
  readonly #list = createRef<HTMLOListElement>();
  #sizes: ResizeObserver | undefined;

  override componentDidMount(): void {
    this.#sizes = new ResizeObserver(() => this.#follow());
    this.#sizes.observe(this.#scroller.current!);
    this.#sizes.observe(this.#list.current!);
    this.#follow();
    this.#loadMore();
  }

  override componentWillUnmount(): void {
    this.#sizes?.disconnect();
  }

  override shouldComponentUpdate(next: TimelineProps): boolean {
    const { talk, entries, loading, name, words } = this.props;
    return (
      next.talk !== talk ||
      next.entries !== entries ||
      next.loading !== loading ||
      next.name !== name ||
      next.words !== words
    );
  }

  override getSnapshotBeforeUpdate(): Anchor | null {
    if (this.props.talk.isFollowed) return null;
    const { top } = this.#scroller.current!.getBoundingClientRect();
    for (const row of this.#list.current!.children) {
      const box = row.getBoundingClientRect();
      if (box.bottom > top) return { row, top: box.top };
    }
    return null;
  }

  override componentDidUpdate(_: TimelineProps, __: unknown, anchor: Anchor | null): void {
    if (this.props.talk.isFollowed) this.#follow();
    else if (anchor?.row.isConnected) {
      const moved = anchor.row.getBoundingClientRect().top - anchor.top;
      if (moved !== 0) this.#scroller.current!.scrollTop += moved;
    }
    this.#loadMore();
  }

  override render({ talk, entries, words }: TimelineProps) {
    return (
      <>
        <section
          class="timeline"
          ref={this.#scroller}
          aria-label={words.messages}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls what has the focus
          tabIndex={0}
          onScroll={this.#scrolled}
        >
          <ol ref={this.#list}>{entries.flatMap((entry, at) => this.#rows(entry, entries[at - 1]))}</ol>
        </section>
        <NewBelow talk={talk} words={words} onClick={this.#toEnd} />
      </>
    );
  }

  #rows(entry: Entry, before: Entry | undefined) {
    const { talk, name, words } = this.props;
    const isNewDay = !before || dayOf(before.timestampMs) !== dayOf(entry.timestampMs);
    const follows = !isNewDay && before.from === entry.from && entry.timestampMs - before.timestampMs < TOGETHER_MS;
    const isOwn = entry.from === talk.me;
    const row = (
      <MessageRow
        key={entry.key}
        {...{ entry, isOwn, follows, words }}
        name={isOwn ? words.you : name}
        onRetry={this.#retry}
        onDiscard={this.#discard}
      />
    );
    if (!isNewDay) return [row];
    return [
      <li class="day" key={`day ${entry.key}`}>
        <span>{dayNameOf(entry.timestampMs, words)}</span>
      </li>,
      row,
    ];
  }

  /** To the newest, whatever lies between. */
  #toEnd = async (): Promise<void> => {
    const { talk } = this.props;
    if (!talk.atEnd.value) await talk.latest();
    talk.follow(true);
    this.#follow();
    this.props.onEnd(true);
  };

  #retry = (entry: Entry): void => this.props.talk.sender.retry(entry);

  #discard = (entry: Entry): void => this.props.talk.discard(entry);

  #follow(): void {
    const scroller = this.#scroller.current!;
    if (this.props.talk.isFollowed) scroller.scrollTop = scroller.scrollHeight;
  }

  #below(): number {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller.current!;
    return scrollHeight - scrollTop - clientHeight;
  }

  #scrolled = (): void => {
    const { talk, onEnd } = this.props;
    const inSight = talk.atEnd.value && this.#below() < AT_END;
    if (inSight !== talk.isFollowed || (inSight && talk.missed.value > 0)) {
      talk.follow(inSight);
      onEnd(inSight);
    }
    this.#loadMore();
  };

  #loadMore(): void {
    const { talk } = this.props;
    if (talk.loading.value !== undefined || talk.problem.value !== undefined) return;
    if (!talk.atEnd.value && this.#below() < NEAR) void talk.newer();
    else if (!talk.atStart.value && this.#scroller.current!.scrollTop < NEAR) void talk.older();
  }
}

function NewBelow({ talk, words, onClick }: { talk: Talk; words: Words; onClick: () => void }) {
  const isShown = useComputed(() => !talk.atEnd.value || talk.missed.value > 0);
  if (!isShown.value) return null;
  return (
    <button type="button" class="new-below" onClick={onClick}>
      <Icon name="down" />
      {words.newBelow(talk.missed.value)}
    </button>
  );
}
