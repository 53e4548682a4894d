// The builder of a schedule: every, at a time, a cron expression, once, at boot. All of them write the same expression.
import { h, useState } from '../base/dom.js';
import { t, word } from '../base/words.js';
import { Chips } from '../parts/chips.js';
import { SelectField, TextField } from '../parts/form.js';

const DAYS = ['*', '1', '2', '3', '4', '5', '6', '0', '1-5', '0,6'];

/** The kind of a schedule that is there already. @param {string} expr */
function kindOf(expr) {
  if (/^@every\b/i.test(expr)) return 'every';
  if (/^@at\b/i.test(expr)) return 'once';
  if (/^@reboot$/i.test(expr)) return 'boot';
  return /^0 \d{1,2} \d{1,2} \* \* [\d*,-]+$/.test(expr) ? 'daily' : expr ? 'cron' : 'daily';
}

/** @param {{value: string, onInput: (value: string) => void, error?: {message: string, hint?: string}}} props */
export function ScheduleBuilder({ value, onInput, error }) {
  const [kind, setKind] = useState(() => kindOf(value));
  const fields = value.split(' ');
  const isDaily = kindOf(value) === 'daily' && value !== '';
  const time = isDaily ? `${fields[2].padStart(2, '0')}:${fields[1].padStart(2, '0')}` : '';
  const day = isDaily ? fields[5] : '*';
  const daily = (/** @type {string} */ at, /** @type {string} */ on) => {
    const [hour, minute] = at.split(':');
    if (hour && minute) onInput(`0 ${Number(minute)} ${Number(hour)} * * ${on}`);
  };
  const pick = (/** @type {string} */ next) => {
    setKind(next);
    if (next === 'boot') onInput('@reboot');
    else if (next === 'every' && !/^@every/i.test(value)) onInput('@every 1h');
    else if (next === 'daily' && !isDaily) onInput('0 30 2 * * *');
    else if (next === 'once' && !/^@at/i.test(value)) onInput('');
  };
  return h('div', { class: 'schedule-builder' },
    h(Chips, { label: t('edit.kind'), value: kind, chips: ['daily', 'every', 'cron', 'once', 'boot'].map((key) => ({ key, label: word(`edit.kind.${key}`) })), onPick: pick }),
    kind === 'daily' && h('div', { class: 'form' },
      h(TextField, { label: t('edit.time'), type: 'time', value: time, onInput: (at) => daily(at, day), error }),
      h(SelectField, { label: t('edit.day'), value: day, options: [...DAYS, ...DAYS.includes(day) ? [] : [day]].map((one) => ({ value: one, label: word(`day.${one}`) })), onInput: (on) => daily(time || '02:30', on) })),
    kind === 'every' && h(TextField, { label: t('edit.every'), value: value.replace(/^@every\s*/i, ''), onInput: (text) => onInput(`@every ${text}`), hint: t('edit.every.hint'), error, mono: true }),
    kind === 'once' && h(TextField, { label: t('edit.once'), type: 'datetime-local', value: value.replace(/^@at\s*/i, '').slice(0, 19), onInput: (text) => onInput(text ? `@at ${text.length === 16 ? `${text}:00` : text}` : ''), error }),
    kind === 'cron' && h(TextField, { label: t('edit.cron'), value, onInput, mono: true, hint: t('edit.cron.hint'), error }),
    kind === 'boot' && h('p', { class: 'faint' }, t('edit.boot')));
}
