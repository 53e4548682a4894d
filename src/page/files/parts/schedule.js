// Schedules in words. The words come from the daemon (`explain`), so that they are what the scheduler does; each is asked once.
import { h, Store, useEffect } from '../base/dom.js';
import { call } from '../base/api.js';
import { use } from '../base/store.js';
import { language } from '../base/words.js';

/** Words by language, zone and expression; empty for one that has no words. */
const known = new Map();
/** Waiting questions, the newest last. @type {{key: string, params: object}[]} */
let wanted = [];
let isAsking = false;
const version = new Store(0);

/** The least time between two questions: many rows of a list must not use up the limit of requests. */
const PACE = 30;
/** Rows that were scrolled past need no answer. */
const MOST_WAITING = 60;

async function ask() {
  isAsking = true;
  while (wanted.length) {
    const { key, params } = /** @type {{key: string, params: object}} */ (wanted.pop());
    try {
      known.set(key, (await call('explain', params)).words ?? '');
      version.set(version.value + 1);
    } catch {
      // The expression itself is shown then.
      known.set(key, '');
    }
    await new Promise((done) => { setTimeout(done, PACE); });
  }
  isAsking = false;
}

/**
 * The words of a schedule, empty until they are known.
 * @param {string} expr
 * @param {string|null} [timezone]
 */
export function useWords(expr, timezone) {
  use(version);
  const lang = use(language);
  const key = `${lang} ${timezone ?? ''} ${expr}`;
  useEffect(() => {
    if (!expr || known.has(key) || wanted.some((each) => each.key === key)) return;
    wanted.push({ key, params: { expr, timezone: timezone ?? undefined, lang, runs: 1 } });
    if (wanted.length > MOST_WAITING) wanted = wanted.slice(-MOST_WAITING);
    if (!isAsking) void ask();
  }, [key]);
  return /** @type {string} */ (known.get(key) ?? '');
}

/**
 * A schedule in words with the expression beside it.
 * @param {{expr: string, timezone?: string|null}} props
 */
export function Schedule({ expr, timezone }) {
  const words = useWords(expr, timezone);
  return h('span', { class: 'schedule cut', title: [words, expr, timezone].filter(Boolean).join('\n') },
    words && words !== expr && h('span', null, words), h('code', { class: 'faint' }, expr));
}
