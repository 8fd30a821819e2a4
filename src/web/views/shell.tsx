/** Around every screen of somebody who is logged in: the ways to go, the state of the connection, the screen itself. */
import { useAccount, useApp } from "../app.ts";
import { hrefOf, type Route, type Screen } from "../state/router.ts";
import { Blocked } from "./blocked.tsx";
import { DeleteAccount } from "./delete-account.tsx";
import { Edit } from "./edit.tsx";
import { Find } from "./find.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { Me } from "./me.tsx";
import { Password } from "./password.tsx";
import { Talks } from "./talks.tsx";
import { User } from "./user.tsx";
import { Mark } from "./welcome.tsx";

const PLACES = [
  { screen: "talks", icon: "talks", holds: ["talks", "talk"] },
  { screen: "find", icon: "find", holds: ["find", "user"] },
  { screen: "me", icon: "me", holds: ["me", "edit", "password", "blocked", "delete"] },
] as const satisfies { screen: Screen; icon: IconName; holds: Screen[] }[];

export function Shell() {
  const { words, router } = useApp();
  const { screen } = router.route.value;
  const unread = useAccount().talks.unread.value;
  const said = { talks: words.talks, find: words.find, me: words.me };
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
        {words.skip}
      </button>
      <nav class="rail" aria-label="Polyge">
        <Mark />
        {PLACES.map((place) => (
          <a
            key={place.screen}
            href={hrefOf(place.screen)}
            aria-current={(place.holds as readonly Screen[]).includes(screen) ? "page" : undefined}
          >
            <Icon name={place.icon} />
            <span>{said[place.screen]}</span>
            {place.screen === "talks" && unread > 0 && (
              <span class="badge">
                {unread > 99 ? "99+" : unread}
                <span class="unseen"> {words.unread(unread)}</span>
              </span>
            )}
          </a>
        ))}
      </nav>
      <main id="main" tabIndex={-1}>
        <LinkState />
        <ScreenOf {...router.route.value} />
      </main>
    </div>
  );
}

function ScreenOf({ screen, uid }: Route) {
  switch (screen) {
    case "talk":
      return <Talks peer={uid} />;
    case "find":
      return <Find />;
    case "user":
      return <User key={uid} uid={uid!} />;
    case "me":
      return <Me />;
    case "edit":
      return <Edit />;
    case "password":
      return <Password />;
    case "blocked":
      return <Blocked />;
    case "delete":
      return <DeleteAccount />;
    default:
      return <Talks peer={undefined} />;
  }
}

function LinkState() {
  const { words } = useApp();
  const { link } = useAccount();
  const said = {
    online: "",
    connecting: words.connecting,
    waiting: words.waiting,
    ended: words.replaced,
  }[link.value];
  return (
    <p class="link-state" role="status" hidden={said === ""}>
      {said}
      {link.value === "ended" && (
        <button type="button" class="quiet" onClick={() => location.reload()}>
          {words.reload}
        </button>
      )}
    </p>
  );
}
