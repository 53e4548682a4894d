// Fields of forms. A refusal of the server that names a field stands at that field.
import { h, cx, useEffect, useId, useRef, useState } from '../base/dom.js';
import { t } from '../base/words.js';
import { ApiError } from '../base/api.js';
import { Message, Prose } from './prose.js';
import { messageOf } from './toast.js';

/** @typedef {import('../base/dom.js').Children} Children */
/** @typedef {{message: string, hint?: string}} FieldError */
/** @typedef {{label: string, hint?: Children, error?: FieldError, wide?: boolean}} FieldProps */

/**
 * A label, a control, a hint and an error. `control` gets the attributes that tie them together.
 * @param {FieldProps & {control: (attributes: {id: string, 'aria-describedby'?: string, 'aria-invalid'?: boolean}) => Children}} props
 */
export function Field({ label, hint, error, wide, control }) {
  const id = useId();
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
  return h('div', { class: cx('field', wide && 'wide', error && 'has-error') },
    h('label', { for: id }, label),
    control({ id, 'aria-describedby': describedBy, 'aria-invalid': error ? true : undefined }),
    hint && h('p', { class: 'hint', id: `${id}-hint` }, hint),
    error && h('p', { class: 'field-error', id: `${id}-error`, role: 'alert' }, h(Message, { text: error.message }), error.hint && h('span', null, ' ', h(Prose, { text: error.hint }))));
}

/**
 * A line or, with `rows`, several lines of text. The `first` field of a view has the keyboard when the view is opened.
 * @param {FieldProps & {value: string, onInput: (value: string) => void, rows?: number, mono?: boolean, type?: string, placeholder?: string,
 *   autocomplete?: string, required?: boolean, first?: boolean, list?: string, inputMode?: string, disabled?: boolean, onBlur?: () => void}} props
 */
export function TextField({ label, hint, error, wide, value, onInput, rows, mono, type = 'text', first, ...more }) {
  const field = useRef(/** @type {HTMLElement|null} */ (null));
  // A dialog does this itself, before the next key.
  useEffect(() => { if (first && !field.current?.closest('dialog')) field.current?.focus({ preventScroll: true }); }, []);
  return h(Field, {
    label, hint, error, wide,
    control: (attributes) => h(rows ? 'textarea' : 'input', {
      ...attributes, ...more, ref: field, class: cx('input', mono && 'mono'), value, rows, type: rows ? undefined : type, 'data-first': first ? '' : undefined,
      spellcheck: mono ? false : undefined,
      onInput: (/** @type {Event} */ event) => onInput(/** @type {HTMLInputElement} */ (event.target).value),
    }),
  });
}

/**
 * @param {FieldProps & {value: string, options: {value: string, label: string}[], onInput: (value: string) => void, disabled?: boolean}} props
 */
export function SelectField({ label, hint, error, wide, value, options, onInput, disabled }) {
  return h(Field, {
    label, hint, error, wide,
    control: (attributes) => h('select', {
      ...attributes, class: 'input', value, disabled, onChange: (/** @type {Event} */ event) => onInput(/** @type {HTMLSelectElement} */ (event.target).value),
    }, options.map((option) => h('option', { key: option.value, value: option.value, selected: option.value === value }, option.label))),
  });
}

/** @param {{label: string, checked: boolean, onInput: (checked: boolean) => void, hint?: Children, disabled?: boolean}} props */
export function CheckField({ label, checked, onInput, hint, disabled }) {
  const id = useId();
  return h('div', { class: 'field check' },
    h('input', {
      id, type: 'checkbox', checked, disabled, 'aria-describedby': hint ? `${id}-hint` : undefined,
      onChange: (/** @type {Event} */ event) => onInput(/** @type {HTMLInputElement} */ (event.target).checked),
    }),
    h('label', { for: id }, label),
    hint && h('p', { class: 'hint', id: `${id}-hint` }, hint));
}

/**
 * The state of a form: whether it is being sent, the errors by field, and the error of no field.
 * `submit(work)` does the work and keeps a refusal; it gives the answer, or nothing after a refusal.
 */
export function useSubmit() {
  const [state, setState] = useState(/** @type {{isBusy: boolean, errors: Record<string, FieldError>, error?: FieldError}} */ ({ isBusy: false, errors: {} }));
  return {
    ...state,
    clear: () => setState({ isBusy: false, errors: {} }),
    /**
     * @template T
     * @param {() => Promise<T>} work
     * @param {string[]} [fields] the fields that the form has; errors of others stand below the form
     * @returns {Promise<T|undefined>}
     */
    submit: async (work, fields) => {
      setState({ isBusy: true, errors: {} });
      try {
        const answer = await work();
        setState({ isBusy: false, errors: {} });
        return answer;
      } catch (error) {
        const isOffline = error instanceof ApiError && error.isOffline;
        const hint = error instanceof ApiError ? error.hint : undefined;
        const field = error instanceof ApiError ? error.field : undefined;
        const hasField = field && (!fields || fields.includes(field));
        const message = isOffline ? t('error.offline') : hasField && error instanceof ApiError ? error.atField : messageOf(error);
        setState({ isBusy: false, errors: hasField ? { [field]: { message, hint } } : {}, error: hasField ? undefined : { message, hint } });
        return undefined;
      }
    },
  };
}

/** The error of no field, below a form. @param {{error?: FieldError}} props */
export const FormError = ({ error }) => h('div', { role: 'alert' },
  error && h('div', { class: 'note error' }, h('div', null, h(Message, { text: error.message })), error.hint && h('p', { class: 'hint' }, h(Prose, { text: error.hint }))));
