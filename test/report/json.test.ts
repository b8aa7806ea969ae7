import assert from 'node:assert/strict';
import { jsonText } from '../../lib/report/json.js';

describe('JSON', () => {
  it('escapes what would control a terminal or the direction of text', () => {
    const shown = jsonText({ command: 'a\u001b[2J\u009b2J\u202eb\u2066\u2028\u{e0001}\u007f' });
    assert.equal(shown, '{"command":"a\\u001b[2J\\u009b2J\\u202eb\\u2066\\u2028\\udb40\\udc01\\u007f"}');
  });
  it('reads back unchanged, indented or not', () => {
    const value = { text: 'é 中 \u009b \u{e0001} "quoted" \\ \n', list: [1, null] };
    for (const indent of [undefined, 2]) assert.deepEqual(JSON.parse(jsonText(value, indent)), value);
  });
  it('leaves letters of all languages as they are', () => assert.equal(jsonText('é 中 ש'), '"é 中 ש"'));
});
