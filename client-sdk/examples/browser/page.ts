/** A payer's page: shows each request, and answers it with the account that is filled in. */
import { connect, hasEnded, type PayerIssuance, type Snapshot } from "@tallystick/client";
import { formatAmount } from "@tallystick/client/money";

/** The one element that a selector has to find. */
function find<E extends Element>(selector: string, root: ParentNode = document): E {
  const element = root.querySelector<E>(selector);
  if (!element) throw new Error(`the page has no ${selector}`);
  return element;
}

const connectForm = find<HTMLFormElement>("#connect");
const status = find<HTMLElement>("#status");

connectForm.addEventListener("submit", async (submitted) => {
  submitted.preventDefault();
  const { url, token } = fieldsOf(connectForm);
  try {
    const terminal = await connect(url, { token });
    terminal.on("connected", () => say(status, `connected as ${terminal.party}`));
    terminal.on("disconnected", () => say(status, "connection lost, trying again"));
    terminal.on("closed", (reason) => say(status, reason?.message ?? "closed"));
    terminal.on("error", (error) => say(status, String(error)));
    terminal.onRequest(show);
    connectForm.hidden = true;
    say(status, `connected as ${terminal.party}`);
  } catch (error) {
    say(status, String(error));
  }
});

/** Shows a request as long as the page is open, and follows what becomes of it. */
function show(issuance: PayerIssuance): void {
  const item = find<HTMLTemplateElement>("#request").content.cloneNode(true) as DocumentFragment;
  const form = find<HTMLFormElement>("form", item);
  const output = find<HTMLOutputElement>("output", item);
  const state = find<HTMLElement>(".state", item);
  const { issuer, amount, currency } = issuance.snapshot;
  say(find(".offer", item), `${issuer} asks for ${formatAmount(amount, currency)} ${currency}:`);

  const update = (snapshot: Snapshot) => {
    say(state, snapshot.state);
    if (snapshot.voucher) say(output, `voucher ${snapshot.voucher.voucherId}`);
    if (hasEnded(snapshot.state)) form.hidden = true;
  };
  update(issuance.snapshot);
  issuance.on((_event, snapshot) => update(snapshot));

  form.addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    attempt(output, () => pay(issuance, fieldsOf(form)));
  });
  find(".decline", form).addEventListener("click", () => attempt(output, () => issuance.decline()));
  find("#requests").append(item);
}

/** Agrees unless that has been done, and sends the account. After a refusal another one can be filled in. */
async function pay(issuance: PayerIssuance, { number, holder }: Fields): Promise<void> {
  if (issuance.state === "proposed") await issuance.agree();
  await issuance.until("opened");
  await issuance.submitAccount({ number, holder });
}

/** Runs what a button does, and shows the error when it fails. */
async function attempt(output: HTMLElement, act: () => Promise<unknown>): Promise<void> {
  say(output, "");
  try {
    await act();
  } catch (error) {
    say(output, String(error));
  }
}

function say(element: HTMLElement, text: string): void {
  element.textContent = text;
}

type Fields = Record<"url" | "token" | "number" | "holder", string>;

function fieldsOf(form: HTMLFormElement): Fields {
  return Object.fromEntries(new FormData(form)) as Fields;
}
