/** The end of one's account. */
import { useState } from "preact/hooks";
import { useAccount, useApp } from "../app.ts";
import { PasswordField } from "./field.tsx";
import { Submit, SubPage, useAttempt } from "./sub-page.tsx";

export function DeleteAccount() {
  const app = useApp();
  const { words } = app;
  const account = useAccount();
  const [pwd, setPwd] = useState("");
  const { busy, problem, attempt } = useAttempt();
  const submit = (event: Event) => {
    event.preventDefault();
    void attempt(async () => {
      await account.asUser((server, session) => server.deleteAccount(session, pwd));
      account.unsent.clear();
      app.leave(words.deleted);
    });
  };
  return (
    <SubPage title={words.deleteAccount}>
      <form class="card" onSubmit={submit} noValidate>
        <p>{words.deleteSays}</p>
        <PasswordField
          name="pwd"
          label={words.pwd}
          hint={words.deleteAsk}
          autocomplete="current-password"
          value={pwd}
          onText={setPwd}
        />
        <Submit {...{ busy, problem }} text={words.deleteAccount} kind="danger" />
      </form>
    </SubPage>
  );
}
