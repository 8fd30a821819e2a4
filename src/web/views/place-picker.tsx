/** Country, and where the catalogue has them province and city. */
import { useApp } from "../app.ts";
import { Picker } from "./picker.tsx";

export interface Place {
  readonly country?: number | undefined;
  readonly province?: number | undefined;
  readonly city?: number | undefined;
}

export function PlacePicker({ value, onChange }: { value: Place; onChange: (place: Place) => void }) {
  const { words, catalogue } = useApp();
  const country = catalogue.countries.find(({ id }) => id === value.country);
  const province = country?.provinces.find(({ id }) => id === value.province);
  return (
    <>
      <Picker
        name="country"
        label={words.country}
        optional
        entries={catalogue.countries}
        value={value.country}
        onPick={(id) => onChange({ country: id })}
      />
      {country && country.provinces.length > 0 && (
        <Picker
          name="province"
          label={words.province}
          optional
          entries={country.provinces}
          value={value.province}
          onPick={(id) => onChange({ country: value.country, province: id })}
        />
      )}
      {province && province.cities.length > 0 && (
        <Picker
          name="city"
          label={words.city}
          optional
          entries={province.cities}
          value={value.city}
          onPick={(id) => onChange({ ...value, city: id })}
        />
      )}
    </>
  );
}
