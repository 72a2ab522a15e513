/* Shifts the clock of a process by CLOCK_SHIFT milliseconds: `node --import`. */
const shift = Number(process.env["CLOCK_SHIFT"]);
const { now } = Date;
const shiftedNow = () => now() + shift;
const shifted = new Proxy(Date, {
  construct: (date, values, as) =>
    Reflect.construct(date, values.length === 0 ? [shiftedNow()] : values, as),
  get: (date, name) => (name === "now" ? shiftedNow : Reflect.get(date, name)),
});
Reflect.set(globalThis, "Date", shifted);
