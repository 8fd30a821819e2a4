/** Changing one's password. */
import { useState } from "preact/hooks";
import { useAccount, useApp } from "../app.ts";
import { PasswordField } from "./field.tsx";
import { Submit, SubPage, useAttempt } from "./sub-page.tsx";

const LEAST_BYTES = 6;

export function Password() {
  const { words, notices, router } = useApp();
  const { asUser, uname } = useAccount();
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [isShort, setShort] = useState(false);
  const { busy, problem, attempt } = useAttempt();
  const submit = (event: Event) => {
    event.preventDefault();
    const tooShort = new TextEncoder().encode(fresh).length < LEAST_BYTES;
    setShort(tooShort);
    if (tooShort) return;
    void attempt(async () => {
      await asUser((server, session) => server.changePassword(session, old, fresh));
      notices.good(words.pwdChanged);
      router.go("me");
    });
  };
  return (
    <SubPage title={words.changePwd}>
      <form class="card" onSubmit={submit} noValidate>
        {/* For the browser's memory of passwords. */}
        <input type="text" autocomplete="username" value={uname} readOnly hidden />
        <PasswordField name="pwd" label={words.oldPwd} autocomplete="current-password" value={old} onText={setOld} />
        <PasswordField
          name="new_pwd"
          label={words.newPwd}
          autocomplete="new-password"
          {...(isShort ? { error: words.pwdHint } : { hint: words.pwdHint })}
          value={fresh}
          onText={setFresh}
        />
        <Submit {...{ busy, problem }} text={words.save} />
      </form>
    </SubPage>
  );
}
