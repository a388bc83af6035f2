const ANSWER_MS = 5000;

/**
 * Makes sure that a hub is there, at once rather than after the SDK's long patience.
 *
 * @throws Error that says what to do when there is none.
 */
export async function findHub(url: string): Promise<void> {
  if (!URL.canParse(url)) throw new Error(`"${url}" is not a URL: write it as in http://127.0.0.1:3000`);
  const response = await fetch(new URL("/healthz", url), { signal: AbortSignal.timeout(ANSWER_MS) }).catch(
    () => undefined,
  );
  if (response?.ok) return;
  throw new Error(`no hub answers at ${url}: start one with "npm start", or name another`);
}
