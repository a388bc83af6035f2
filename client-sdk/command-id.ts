/**
 * A fresh id for one intent: 22 characters of 128 random bits. Keep it before sending, and the intent can be
 * repeated after a restart without having its effect twice.
 *
 * @example
 * const commandId = newCommandId();
 * await save(commandId);
 * await issuance.accept({ commandId });
 */
export function newCommandId(): string {
  const base64 = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
  // Two letters of the alphabet become one: a bit is lost now and then.
  return base64.slice(0, 22).replace(/\W/g, "_");
}
