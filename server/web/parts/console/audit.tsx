/** The last audit, and one that is asked for now. */
import { useEffect } from "preact/hooks";
import { useDoing, useLoaded } from "../../model/loading.ts";
import { live } from "../../model/operator.ts";
import { said } from "../../words/console.ts";
import { dayAndTime } from "../../words/format.ts";
import { Progress, Section, Trouble } from "./parts.tsx";

export function AuditView() {
  const w = said.value.audit;
  const { value, error, again } = useLoaded(async (hub) => ({ report: await hub.audit() }), []);
  const doing = useDoing();
  const report = value.value?.report;
  const isRunning = report?.state === "running";
  // Each summary that comes is a moment to look again.
  const at = live.value?.at;
  useEffect(() => {
    if (isRunning) void again();
  }, [at]);
  const begin = () =>
    doing.run(async (hub) => {
      value.value = { report: await hub.beginAudit() };
    });
  return (
    <>
      <h1 tabIndex={-1}>{w.title}</h1>
      <p class="prose">{w.what}</p>
      <div class="pair">
        <button
          class="button first"
          type="button"
          disabled={isRunning || doing.isBusy.value}
          onClick={() => void begin()}
        >
          {w.run}
        </button>
      </div>
      <Trouble of="nothing" error={doing.error.value ?? error.value} />
      {value.value && !report && <p class="nothing">{w.never}</p>}
      {report && (
        <Section
          title={said.value.audits[report.state]}
          aside={<p>{w.by(report.by, dayAndTime(report.startedAt))}</p>}
        >
          <div role="status">
            {isRunning && <Progress share={report.progress} label={w.progress} />}
            {report.failure && <p class="alarm">{report.failure}</p>}
            {report.accounts !== undefined && (
              <p class="nothing">
                {w.line(report.accounts, report.freezes ?? 0, report.issuances ?? 0, report.vouchers ?? 0)}
              </p>
            )}
          </div>
          {report.findings && report.findings.length > 0 && (
            <table class="stack">
              <thead>
                <tr>
                  <th scope="col">{w.subject}</th>
                  <th scope="col">{w.problem}</th>
                </tr>
              </thead>
              <tbody>
                {report.findings.map(({ subject, problem, rule }) => (
                  <tr key={`${subject} ${rule}`}>
                    <th scope="row" class="id">
                      {subject}
                    </th>
                    <td>
                      {problem}
                      <small>{rule}</small>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Section>
      )}
    </>
  );
}
