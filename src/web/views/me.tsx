/** One's own things: profile, how the page looks, what one may change. */
import { useEffect, useState } from "preact/hooks";
import { useAccount, useApp } from "../app.ts";
import { hrefOf } from "../state/router.ts";
import { THEMES } from "../state/theme.ts";
import { Confirm } from "./confirm.tsx";
import { Face } from "./face.tsx";
import { Choice } from "./field.tsx";
import { Heading } from "./heading.tsx";
import { Icon } from "./icons.tsx";
import { Kind } from "./person-card.tsx";
import { Facts } from "./user.tsx";

export function Me() {
  const { words } = useApp();
  const account = useAccount();
  const own = account.own.value;
  useEffect(() => void account.loadOwn(), [account]);
  return (
    <div class="page">
      <div class="profile">
        <div class="profile-head">
          <Face uid={account.uid} name={account.uname} avatar={own?.avatar} size="large" />
          <div class="profile-names">
            <Heading title={words.me}>{account.uname}</Heading>
            <p>{own && <Kind type={own.user_type} />}</p>
          </div>
        </div>
        <div class="buttons">
          <a class="button primary" href={hrefOf("edit")}>
            <Icon name="edit" />
            {words.editProfile}
          </a>
        </div>
        {own && <Facts person={own} />}
      </div>
      <Settings />
    </div>
  );
}

function Settings() {
  const { words, tongue, theme, saved } = useApp();
  const themes = { auto: words.themeAuto, light: words.themeLight, dark: words.themeDark };
  return (
    <section class="settings">
      <h2>{words.settings}</h2>
      <Choice
        name="tongue"
        label={words.tongue}
        value={tongue.name.value}
        options={[
          { value: "cn", text: "中文" },
          { value: "en", text: "English" },
        ]}
        onChoose={(name) => tongue.choose(name === "cn" ? "cn" : "en", saved)}
      />
      <Choice
        name="theme"
        label={words.theme}
        value={theme.name.value}
        options={THEMES.map((name) => ({ value: name, text: themes[name] }))}
        onChoose={(name) => theme.choose(THEMES.find((each) => each === name) ?? "auto", saved)}
      />
      <AlertSetting />
      <ul class="links">
        <li>
          <a href={hrefOf("password")}>
            <Icon name="key" />
            {words.changePwd}
          </a>
        </li>
        <li>
          <a href={hrefOf("blocked")}>
            <Icon name="block" />
            {words.blockedPeople}
          </a>
        </li>
        <li>
          <Leave />
        </li>
        <li>
          <a class="danger" href={hrefOf("delete")}>
            <Icon name="trash" />
            {words.deleteAccount}
          </a>
        </li>
      </ul>
    </section>
  );
}

function AlertSetting() {
  const { words, alerts } = useApp();
  const state = alerts.state.value;
  if (state === "none") return null;
  return (
    <div class="field">
      <Choice
        name="alerts"
        label={words.notifications}
        value={state === "on" ? "on" : "off"}
        options={[
          { value: "on", text: words.notificationsOn },
          { value: "off", text: words.notificationsOff },
        ]}
        onChoose={(value) => void alerts.turn(value === "on")}
      />
      <p class="hint">{state === "denied" ? words.notificationsDenied : words.notificationsHint}</p>
    </div>
  );
}

function Leave() {
  const app = useApp();
  const { words } = app;
  const account = useAccount();
  const [asking, ask] = useState(false);
  const unsent = account.unsent.all.length;
  const leave = async () => {
    account.unsent.clear();
    await account.logout().catch(() => {});
    app.leave(words.loggedOut);
  };
  return (
    <>
      <button type="button" onClick={() => (unsent > 0 ? ask(true) : leave())}>
        <Icon name="exit" />
        {words.logout}
      </button>
      {asking && (
        <Confirm
          title={words.unsentAsk}
          text={words.unsentSays(unsent)}
          yes={words.logout}
          onYes={leave}
          onClose={() => ask(false)}
        />
      )}
    </>
  );
}
