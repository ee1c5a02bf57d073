// Numbers for operators: a value, a thin space, a unit; always the same number of digits for the same magnitude.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const DECIMAL = ["B", "kB", "MB", "GB", "TB"];
const BINARY = ["B", "KiB", "MiB", "GiB", "TiB"];
const NARROW = "\u202f";

export const count = (n) => whole.format(n);

/** Handshakes or connections per second: one decimal for small values. */
export const perSecond = (n) => `${n > 0 && n < 9.95 ? n.toFixed(1) : whole.format(n)}/s`;

export const traffic = (n) => `${scaled(n, 1000, DECIMAL)}/s`;

export const size = (n) => scaled(n, 1024, BINARY);

function scaled(n, step, units) {
  let unit = 0;
  while (n >= step - 0.5 && unit < units.length - 1) {
    n /= step;
    unit++;
  }
  const digits = unit === 0 || n >= 99.95 ? 0 : 1;
  return `${n.toFixed(digits)}${NARROW}${units[unit]}`;
}

/** A short duration, given in seconds. */
export function brief(seconds) {
  if (seconds > 0 && seconds < 0.0995e-3) {
    return `${(seconds * 1e6).toFixed(0)}${NARROW}µs`;
  }
  return seconds < 0.9995 ? `${(seconds * 1e3).toFixed(1)}${NARROW}ms` : `${seconds.toFixed(1)}${NARROW}s`;
}

/** Days and time: `3 d 04:05:06`. */
export function uptime(seconds) {
  const two = (n) => String(Math.floor(n)).padStart(2, "0");
  const clock = `${two((seconds / 3600) % 24)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  const days = Math.floor(seconds / 86400);
  return days > 0 ? `${days}${NARROW}d ${clock}` : clock;
}

const time = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const day = new Intl.DateTimeFormat("en-CA", { dateStyle: "short" });

/** In the user's time zone, with the date only if it is not today. */
export function moment(text) {
  const when = new Date(text);
  const clock = time.format(when);
  return when.toDateString() === new Date().toDateString() ? clock : `${day.format(when)} ${clock}`;
}

export const date = (text) => day.format(new Date(text));

export const clock = (millis) => time.format(new Date(millis));

/** `peer_full` is a label in metrics and logs; the page shows words. */
export const words = (label) => label.replaceAll("_", " ");
