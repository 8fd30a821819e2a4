/** Around every screen of somebody who is logged in: the ways to go, the state of the connection, the screen itself. */
import { useAccount, useApp } from "../app.ts";
import { hrefOf, type Screen } from "../state/router.ts";
import { Heading } from "./heading.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { ThemeToggle, TongueToggle } from "./toggles.tsx";
import { Mark } from "./welcome.tsx";

const PLACES = [
  { screen: "talks", icon: "talks", holds: ["talks", "talk"] },
  { screen: "find", icon: "find", holds: ["find", "user"] },
  { screen: "me", icon: "me", holds: ["me", "edit", "password", "blocked", "delete"] },
] as const satisfies { screen: Screen; icon: IconName; holds: Screen[] }[];

export function Shell() {
  const { words, router } = useApp();
  const { screen } = router.route.value;
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
          </a>
        ))}
      </nav>
      <main id="main" tabIndex={-1}>
        <LinkState />
        <Me />
      </main>
    </div>
  );
}

function LinkState() {
  const { words } = useApp();
  const { link } = useAccount();
  return (
    <p class="link-state" role="status" hidden={link.value === "online"}>
      {link.value === "connecting" ? words.connecting : words.waiting}
    </p>
  );
}

function Me() {
  const app = useApp();
  const { words } = app;
  const account = useAccount();
  const leave = async () => {
    await account.logout().catch(() => {});
    app.leave(words.loggedOut);
  };
  return (
    <div class="page">
      <Heading title={words.me}>{account.current.uname}</Heading>
      <div class="toggles">
        <TongueToggle />
        <ThemeToggle />
      </div>
      <button type="button" onClick={leave}>
        <Icon name="exit" />
        {words.logout}
      </button>
    </div>
  );
}
