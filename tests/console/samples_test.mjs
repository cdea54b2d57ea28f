// The console's samples are the documented ones: same keys, order and values. Run: node --test tests/console/samples_test.mjs
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { eventTypes, sampleText } from '../../client/console/samples.js';

const documented = new URL('../payloads/documented/', import.meta.url);

test('there is a sample of each of the twelve types', () => {
  assert.equal(eventTypes.length, 12);
});

for (const type of eventTypes) {
  const name = type.replace('EVENT_TYPE_', '').toLowerCase();
  test(`the sample of ${name} is the documented one`, () => {
    const expected = JSON.parse(readFileSync(new URL(`${name}.json`, documented), 'utf8'));
    assert.equal(sampleText(type), JSON.stringify(expected, null, 2));
  });
}
