// Text from outside in a block: JSON with colors, anything else as it is.

import { copyButton } from '/console/ui/copy_button.js';
import { h } from '/console/ui/dom.js';
import { visible } from '/console/ui/text.js';
import { words } from '/console/words/en.js';

/** Longer texts have no colors, and yet longer ones are cut, so that the page stays quick. */
const LONGEST_COLORED = 40_000;
const LONGEST_SHOWN = 100_000;
/** Deeper levels are not indented further: 4 KiB of brackets would become megabytes of spaces. */
const DEEPEST_INDENT = 32;

const TOKEN = /\s+|("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*)|(true|false|null)|([{}[\],:])/gy;

/** @param {string} text */
function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Lays out JSON without changing its strings and numbers: yields its tokens, with a class or ''.
 * @param {string} text valid JSON
 * @returns {Generator<{text: string, kind: string}>}
 */
function* layOut(text) {
  let depth = 0;
  /** The last opening bracket, until something follows it. */
  let opened = false;
  /** Whether the next string is a value. */
  let afterColon = false;
  const tokens = [...text.matchAll(TOKEN)].filter((match) => match[0].trim() !== '');
  const line = () => ({ text: `\n${'  '.repeat(Math.min(depth, DEEPEST_INDENT))}`, kind: '' });
  for (let i = 0; i < tokens.length; i += 1) {
    const [token, string, number, , mark] = tokens[i];
    if (mark === '}' || mark === ']') {
      depth -= 1;
      if (!opened) yield line();
      opened = false;
      yield { text: token, kind: '' };
      continue;
    }
    if (opened) yield line();
    opened = false;
    if (mark === '{' || mark === '[') {
      depth += 1;
      opened = true;
      yield { text: token, kind: '' };
    } else if (mark === ',') {
      yield { text: token, kind: '' };
      yield line();
    } else if (mark === ':') {
      yield { text: ': ', kind: '' };
    } else if (string !== undefined) {
      const isKey = !afterColon && tokens[i + 1]?.[4] === ':';
      yield { text: token, kind: isKey ? 'json-key' : 'json-string' };
    } else {
      yield { text: token, kind: number !== undefined ? 'json-number' : 'json-word' };
    }
    afterColon = mark === ':';
  }
}

/**
 * Lays out JSON, with each digit as it was. Text that is not JSON is returned as it is.
 * @param {string} text
 * @returns {string}
 */
export function indentJson(text) {
  return isJson(text) ? Array.from(layOut(text), (token) => token.text).join('') : text;
}

/**
 * @param {string} text what the copy button copies
 * @param {(Node | string)[]} content
 * @param {boolean} isCut
 */
function block(text, content, isCut) {
  const scroller = h(
    'pre',
    { class: 'code', tabindex: 0, role: 'group', 'aria-label': words.common.content },
    ...content,
  );
  return h(
    'div',
    { class: 'code-block' },
    scroller,
    copyButton(() => text),
    isCut && h('p', { class: 'field-hint' }, words.common.cut),
  );
}

/**
 * Shows JSON laid out and with colors, with each digit as it was. Text that is not JSON is shown as it is.
 * @param {string} text
 * @returns {HTMLElement}
 */
export function jsonView(text) {
  if (text.length > LONGEST_COLORED || !isJson(text)) return textBlock(text);
  /** @type {(Node | string)[]} */
  const parts = [];
  let plain = '';
  for (const token of layOut(text)) {
    if (token.kind === '') {
      plain += token.text;
      continue;
    }
    parts.push(plain, h('span', { class: token.kind }, visible(token.text)));
    plain = '';
  }
  parts.push(plain);
  return block(text, parts, false);
}

/**
 * Shows text as it is.
 * @param {string} text
 * @returns {HTMLElement}
 */
export function textBlock(text) {
  // Escapes make the text longer.
  const shown = visible(text.slice(0, LONGEST_SHOWN));
  const isCut = text.length > LONGEST_SHOWN || shown.length > LONGEST_SHOWN;
  return block(text, [shown.slice(0, LONGEST_SHOWN)], isCut);
}
