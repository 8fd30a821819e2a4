/** Looking for somebody to learn with. */
import { useEffect } from "preact/hooks";
import { useAccount, useApp } from "../app.ts";
import { Choice, TextField } from "./field.tsx";
import { Heading } from "./heading.tsx";
import { Icon } from "./icons.tsx";
import { PersonCard } from "./person-card.tsx";
import { Picker } from "./picker.tsx";
import { Bones } from "./talk-list.tsx";

export function Find() {
  const { words } = useApp();
  const { finder } = useAccount();
  useEffect(() => void finder.search(), [finder]);
  return (
    <div class="page">
      <Heading title={words.find}>{words.find}</Heading>
      <search>
        <Filters />
      </search>
      <Results />
    </div>
  );
}

function Filters() {
  const { words, catalogue } = useApp();
  const { finder } = useAccount();
  const filter = finder.filter.value;
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      <Choice
        name="user_type"
        label={words.iLookFor}
        value={filter.user_type ?? 0}
        options={[
          { value: 0, text: words.everybody },
          { value: 2, text: words.teachers },
          { value: 1, text: words.students },
        ]}
        onChoose={(type) => finder.change({ user_type: type === 1 || type === 2 ? type : undefined })}
      />
      <div class="columns">
        <Picker
          name="language"
          label={words.language}
          placeholder={words.anyLanguage}
          entries={catalogue.languages}
          value={filter.language}
          onPick={(language) => finder.change({ language })}
        />
        <Picker
          name="country"
          label={words.country}
          placeholder={words.anyCountry}
          entries={catalogue.countries}
          value={filter.country}
          onPick={(country) => finder.change({ country })}
        />
        <TextField
          name="name"
          label={words.searchName}
          type="search"
          maxLength={30}
          value={filter.name ?? ""}
          onText={(name) => finder.change({ name }, true)}
        />
      </div>
    </form>
  );
}

function Results() {
  const app = useApp();
  const { words } = app;
  const { finder } = useAccount();
  const found = finder.found.value;
  const next = finder.next.value;
  if (finder.problem.value !== undefined) {
    return (
      <div class="empty" role="alert">
        <Icon name="alert" />
        <span>{app.describe(finder.problem.value)}</span>
        <button type="button" onClick={() => void finder.search()}>
          {words.retry}
        </button>
      </div>
    );
  }
  if (found === undefined) return <Bones />;
  return (
    <>
      <p class={found.length > 0 ? "count" : "unseen"} role="status">
        {words.found(found.length, next !== null)}
      </p>
      {found.length === 0 ? (
        <div class="empty">
          <Icon name="find" />
          <strong>{words.nobodyFound}</strong>
          <span>{words.nobodyFoundHint}</span>
        </div>
      ) : (
        <ul class="people">
          {found.map((person) => (
            <PersonCard key={person.uid} person={person} />
          ))}
        </ul>
      )}
      {next !== null && (
        <button type="button" class="more" disabled={finder.loading.value} onClick={() => void finder.more()}>
          {words.more}
        </button>
      )}
    </>
  );
}
