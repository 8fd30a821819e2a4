/** Somebody's picture, or a letter of the name on a colour of one's own. */
import { useEffect, useState } from "preact/hooks";

/** What the server gives those who have none. */
const DEFAULT = "/resources/avatar.svg";
const COLOURS = 8;
const HIDDEN = { "aria-hidden": true } as const;

interface FaceProps {
  readonly uid: number;
  readonly name: string;
  readonly avatar?: string | undefined;
  readonly size?: "small" | "large";
  /** undefined: the name stands beside it already. */
  readonly label?: string;
  readonly online?: boolean | undefined;
  readonly onBroken?: (avatar: string) => void;
}

export function Face({ uid, name, avatar, size = "small", label, online, onBroken }: FaceProps) {
  const [broken, setBroken] = useState(false);
  // Another address is another chance.
  useEffect(() => setBroken(false), [avatar]);
  const pictured = avatar && avatar !== DEFAULT && isShowable(avatar) && !broken;
  const first = [...name.trim()][0] ?? "?";
  return (
    <span class={`face ${size} colour-${uid % COLOURS}`} {...(label ? { role: "img", "aria-label": label } : HIDDEN)}>
      {pictured ? (
        <img
          src={avatar}
          alt=""
          loading="lazy"
          decoding="async"
          referrerpolicy="no-referrer"
          onError={() => {
            setBroken(true);
            onBroken?.(avatar);
          }}
        />
      ) : (
        <span class="letter">{first.toUpperCase()}</span>
      )}
      {online && <i class="dot" />}
    </span>
  );
}

const isShowable = (url: string): boolean => /^https?:\/\/./i.test(url) || /^\/[^/]/.test(url);
