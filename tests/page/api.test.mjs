// Misspelled operations, parameters and fields of answers are errors of the type check. `tsc` fails when one of these is none.
import { test } from 'node:test';
import { call } from '../../src/page/files/base/api.js';

export const mistakes = [
  // @ts-expect-error no such operation
  () => call('nxt'),
  // @ts-expect-error no such parameter
  () => call('next', { jobb: 'x' }),
  // @ts-expect-error no such field of the answer
  async () => (await call('show', { job: 'x' })).last?.statos,
  // @ts-expect-error no such value
  () => call('list', { only: 'faling' }),
];

test('mistakes are found by the type check', () => {});
