/** The parties that are known by name, to be chosen from where a party is typed. */
import { localParties } from "../model/sign-in.ts";

export function PartyList() {
  return (
    <datalist id="parties">
      {localParties.value?.map(({ party, name }) => (
        <option key={party} value={party}>
          {name}
        </option>
      ))}
    </datalist>
  );
}
