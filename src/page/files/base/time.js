// Times and durations. Times are shown in the zone of the daemon; `full` is for titles and has the zone in it.
import { Store, useEffect, useState } from './dom.js';
import { language, t } from './words.js';

/** The zone of the daemon and the difference of its clock to the browser's. */
export const clock = new Store({ zone: 'UTC', ahead: 0 });

/**
 * Sets the clock from what the daemon says of itself.
 * @param {{timezone?: string, now?: string}} daemon
 */
export function setClock({ timezone, now }) {
  let zone = clock.value.zone;
  try {
    if (timezone) zone = new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone && timezone;
  } catch {
    zone = 'UTC';
  }
  clock.set({ zone, ahead: now ? Date.parse(now) - Date.now() : clock.value.ahead });
}

/** The present time of the daemon, in ms. */
export const now = () => Date.now() + clock.value.ahead;

/** The browser's zone. */
export const localZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** @typedef {string|number|Date} Instant */

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {Instant} at
 * @param {Intl.DateTimeFormatOptions} options
 * @param {string} [zone]
 */
export function format(at, options, zone = clock.value.zone) {
  const locale = language.value === 'zh' ? 'zh-CN' : 'en-GB';
  const key = `${locale} ${zone} ${JSON.stringify(options)}`;
  let made = formats.get(key);
  if (!made) formats.set(key, made = new Intl.DateTimeFormat(locale, { timeZone: zone, hourCycle: 'h23', ...options }));
  return made.format(new Date(at));
}

/** @type {Intl.DateTimeFormatOptions} */
const DAY = { year: 'numeric', month: '2-digit', day: '2-digit' };
/** @type {Intl.DateTimeFormatOptions} */
const MINUTE = { hour: '2-digit', minute: '2-digit' };
/** @type {Intl.DateTimeFormatOptions} */
const SECOND = { ...MINUTE, second: '2-digit' };

/**
 * The day as 2026-12-01, in the zone of the daemon.
 * @param {Instant} at
 * @param {string} [zone]
 */
export function day(at, zone = clock.value.zone) {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: zone, ...DAY }).format(new Date(at));
  return parts;
}

/**
 * The time of day: 02:30, or 02:30:05 with seconds.
 * @param {Instant} at
 * @param {boolean} [seconds]
 */
export const timeOfDay = (at, seconds = false) => format(at, seconds ? SECOND : MINUTE);

/**
 * A time as short as it is clear: 02:30 today, yesterday 02:30, Wed 02:30 within six days, else 2026-11-20 02:30.
 * @param {Instant} at
 * @param {{seconds?: boolean}} [options]
 */
export function moment(at, { seconds = false } = {}) {
  const time = timeOfDay(at, seconds);
  const days = daysFromToday(at);
  if (days === 0) return time;
  if (days === -1) return t('time.yesterday', { time });
  if (days === 1) return t('time.tomorrow', { time });
  if (Math.abs(days) < 7) return `${format(at, { weekday: 'short' })} ${time}`;
  return `${day(at)} ${time}`;
}

/**
 * The end of a range whose beginning is shown by `moment`: the time of day alone on the same day.
 * @param {Instant} at
 * @param {Instant} from
 */
export const momentAfter = (at, from) => (day(at) === day(from) ? timeOfDay(at) : moment(at));

/** @param {Instant} at */
function daysFromToday(at) {
  return Math.round((Date.parse(day(at)) - Date.parse(day(now()))) / 86_400_000);
}

/**
 * The whole time with its zone, and the browser's where that differs; for `title`.
 * @param {Instant} at
 */
export function full(at) {
  const zone = clock.value.zone;
  const own = `${day(at)} ${format(at, SECOND)} ${zone}`;
  const there = `${day(at, localZone)} ${format(at, SECOND, localZone)}`;
  const differs = !own.startsWith(there);
  return differs ? `${own}\n${there} ${localZone}` : own;
}

/** Units of durations, with the length of each in ms and how many of it make the next. */
const UNITS = /** @type {const} */ ([['d', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1000]]);

/**
 * A duration in two units: 340 ms, 4.2 s, 6 m 52 s, 11 h, 3 d 4 h.
 * @param {number} ms
 */
export function duration(ms) {
  ms = Math.max(0, ms);
  if (ms < 1000) return `${Math.round(ms)} ${t('unit.ms')}`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1).replace('.0', '')} ${t('unit.s')}`;
  let left = Math.round(ms / 1000) * 1000;
  for (let i = 0; i < UNITS.length; i += 1) {
    const [unit, length] = UNITS[i];
    if (left < length) continue;
    const whole = Math.floor(left / length);
    const next = UNITS[i + 1];
    left -= whole * length;
    const rest = next && whole < 10 || unit === 'm' ? Math.floor(left / (next?.[1] ?? 1)) : 0;
    return rest && next ? `${whole} ${t(`unit.${unit}`)} ${rest} ${t(`unit.${next[0]}`)}` : `${whole} ${t(`unit.${unit}`)}`;
  }
  return `0 ${t('unit.s')}`;
}

/**
 * How long ago or in how long: 5 m ago, in 11 h.
 * @param {Instant} at
 * @param {number} [from]
 */
export function fromNow(at, from = now()) {
  const ms = new Date(at).getTime() - from;
  if (Math.abs(ms) < 1000) return t('time.now');
  // Seconds count only when it is soon.
  const unit = Math.abs(ms) < 120_000 ? 1000 : 60_000;
  const length = duration(Math.floor(Math.abs(ms) / unit) * unit);
  return ms > 0 ? t('time.in', { length }) : t('time.ago', { length });
}

/** The present second. The timer runs only while a component uses it and the page is visible. */
const second = new Store(0);
let users = 0;
let timer = 0;

function tick() {
  timer = 0;
  second.set(Math.floor(now() / 1000));
  if (users > 0 && !document.hidden) timer = window.setTimeout(tick, 1000 - (now() % 1000) + 5);
}
globalThis.document?.addEventListener('visibilitychange', () => { if (!document.hidden && users > 0 && !timer) tick(); });

/**
 * The present time in ms, for components that count. It is drawn again each `step` ms.
 * @param {number} [step] 1,000 or more
 */
export function useNow(step = 1000) {
  const [, draw] = useState(0);
  useEffect(() => {
    users += 1;
    if (!timer) tick();
    const end = second.listen(() => draw(Math.floor(second.value / (step / 1000))));
    return () => { users -= 1; end(); };
  }, [step]);
  return now();
}
