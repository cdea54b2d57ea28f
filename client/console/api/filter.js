// Writes filters in the language of AIP-160.

/**
 * Returns `text` as a string of the filter language.
 * @param {string} text
 */
export function quote(text) {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

/**
 * Returns a filter for what all `parts` match. Empty parts do not count.
 * @param {...(string | null | undefined | false)} parts
 */
export function and(...parts) {
  return parts.filter(Boolean).join(' AND ');
}

/**
 * Returns a filter, in parentheses, for what one of `parts` matches. Empty parts do not count.
 * @param {...(string | null | undefined | false)} parts
 */
export function or(...parts) {
  const some = parts.filter(Boolean);
  return some.length > 1 ? `(${some.join(' OR ')})` : some.join('');
}
