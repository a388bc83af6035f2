/** Loaded before a hub: its clock is wrong by `CLOCK_SKEW_MS`, as that of any machine may be. */
const SKEW_MS = Number(process.env.CLOCK_SKEW_MS ?? 0);
const rightNow = Date.now;
const wrongNow = () => rightNow() + SKEW_MS;

globalThis.Date = new Proxy(Date, {
  construct: (real, given, made) => Reflect.construct(real, given.length > 0 ? given : [wrongNow()], made),
  get: (real, name) => (name === "now" ? wrongNow : Reflect.get(real, name)),
});
