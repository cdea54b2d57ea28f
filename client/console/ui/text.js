// Text from outside, made safe to read.

// Control, bidirectional and zero-width characters, and halves of surrogate pairs. Tab and newline stay as they are.
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what it is for
const INVISIBLE =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Cs}]/gu;

/**
 * Returns `text` with the characters that a reader cannot see, or that reorder text, as escapes such as \u{202E}.
 * @param {string} text
 * @returns {string}
 */
export function visible(text) {
  return text.replace(
    INVISIBLE,
    (character) => `\\u{${/** @type {number} */ (character.codePointAt(0)).toString(16).toUpperCase()}}`,
  );
}

/**
 * Returns the last part of a resource name: `orders` of `projects/shop/webhooks/orders`.
 * @param {string} [name]
 * @returns {string}
 */
export function lastPart(name = '') {
  return name.slice(name.lastIndexOf('/') + 1);
}
