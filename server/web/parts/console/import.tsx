/** Accounts from a file: how far it is, and what is wrong with which row. */
import { useSignal } from "@preact/signals";
import type { ImportOutcome } from "@tallystick/client/operator";
import { useId } from "preact/hooks";
import { to } from "../../model/console-place.ts";
import { useDoing } from "../../model/loading.ts";
import { said } from "../../words/console.ts";
import { whyBad } from "../../words/row-faults-en.ts";
import { Refusal } from "../refusal.tsx";
import { Choice, Progress, Section, Trouble } from "./parts.tsx";

export function ImportView() {
  const w = said.value.import;
  const id = useId();
  const { isBusy, error, run } = useDoing();
  const progress = useSignal<number | undefined>(undefined);
  const outcome = useSignal<ImportOutcome | undefined>(undefined);
  const isDry = useSignal(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const encoding = String(data.get("encoding")) || undefined;
    outcome.value = undefined;
    progress.value = 0;
    isDry.value = data.has("dry");
    await run(async (hub) => {
      outcome.value = await hub.importAccounts(data.get("file") as File, {
        encoding,
        dryRun: data.has("dry"),
        allOrNothing: data.has("whole"),
        onProgress: (done) => {
          progress.value = done;
        },
      });
    });
    progress.value = undefined;
  };
  return (
    <>
      <p class="above">
        <a href={to("accounts")}>← {said.value.views.accounts}</a>
      </p>
      <h1 tabIndex={-1}>{w.title}</h1>
      <form class="narrow" onSubmit={(event) => void submit(event)}>
        <div class="field">
          <label for={id}>{w.file}</label>
          <input
            id={id}
            name="file"
            type="file"
            accept=".csv,text/csv,text/plain"
            required
            aria-describedby={`${id}-why`}
          />
          <p class="then" id={`${id}-why`}>
            {w.fileWhy}
          </p>
        </div>
        <Choice
          label={w.encoding}
          name="encoding"
          options={[
            ["", w.auto],
            ["gb18030", w.gb],
          ]}
        />
        <label class="check">
          <input type="checkbox" name="dry" /> {w.dry}
        </label>
        <label class="check">
          <input type="checkbox" name="whole" /> {w.whole}
        </label>
        <p class="then">{w.goThen}</p>
        <Trouble error={error.value} />
        <div class="pair">
          <button class="button first" type="submit" disabled={isBusy.value}>
            {w.go}
          </button>
        </div>
      </form>
      {progress.value !== undefined && <Progress share={progress.value} label={w.progress} />}
      {outcome.value && <Outcome outcome={outcome.value} isDry={isDry.value} />}
    </>
  );
}

function Outcome({ outcome: { report, failure }, isDry }: { outcome: ImportOutcome; isDry: boolean }) {
  const w = said.value.import;
  const money = said.value.refusal.money.untouched ?? "";
  return (
    <div class="outcome">
      {failure !== undefined && (
        <Refusal says={[w.refused, report ? w.kept(report.kept, isDry) : money, failure]} />
      )}
      {report && failure === undefined && (
        <p role="status" class="said">
          {w.kept(report.kept, isDry)} {report.badCount === 0 ? w.allGood : w.bad(report.badCount)}
        </p>
      )}
      {report?.replacing.map(({ line, replaces }) => (
        <p key={line} class="small muted">
          {w.replaced(line, replaces)}
        </p>
      ))}
      {report && report.bad.length > 0 && (
        <Section title={w.badRows}>
          <table>
            <thead>
              <tr>
                <th scope="col">{w.line}</th>
                <th scope="col">{w.why}</th>
              </tr>
            </thead>
            <tbody>
              {report.bad.map((row) => (
                <tr key={row.line}>
                  <th scope="row">{row.line}</th>
                  <td>{whyBad(w.faults, row)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Section>
      )}
    </div>
  );
}
