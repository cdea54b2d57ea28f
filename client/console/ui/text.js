// Text from outside, made safe to read.

// Control and format characters (bidirectional, zero-width), halves of surrogate pairs, separators and blank letters; not
// tab and newline.
const INVISIBLE = /(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]|\u034f/gu;

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
 * Returns JSON with the same characters as escapes of JSON: it means the same, and can be read where text is edited.
 * @param {string} json
 * @returns {string}
 */
export function visibleJson(json) {
  return json.replace(INVISIBLE, (character) =>
    Array.from({ length: character.length }, (_, index) => {
      return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
    }).join(''),
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
