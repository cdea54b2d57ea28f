// Finds a value in JSON text by its path, to show where an error is.

const TOKEN = /\s*("(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+)/gy;

/** @typedef {{start: number, end: number}} Place */
/** @typedef {{isArray: boolean, key: string, keyStart: number, index: number}} Level */

/** @param {Level[]} levels */
function pathOf(levels) {
  let path = '';
  for (const { isArray, key, index } of levels) {
    if (isArray) path += `[${index}]`;
    else path += path === '' ? key : `.${key}`;
  }
  return path;
}

/** @param {string} token A string of JSON. */
function unquoted(token) {
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}

/**
 * @param {string} text
 * @param {string} path Such as `user.id` or `changes.tags[0]`.
 * @returns {Place|null} From the key to the value, or to its opening bracket.
 */
function findValue(text, path) {
  /** @type {Level[]} */
  const levels = [];
  let isKey = false;
  for (const match of text.matchAll(TOKEN)) {
    const token = match[1];
    const end = match.index + match[0].length;
    const start = end - token.length;
    const level = levels.at(-1);
    if (token === '}' || token === ']') {
      levels.pop();
      isKey = false;
    } else if (token === ',') {
      if (level) level.index += 1;
      isKey = level !== undefined && !level.isArray;
    } else if (isKey && level) {
      level.key = unquoted(token);
      level.keyStart = start;
      isKey = false;
    } else if (token !== ':') {
      if (level && pathOf(levels) === path) return { start: level.isArray ? start : level.keyStart, end };
      if (token === '{' || token === '[') {
        isKey = token === '{';
        levels.push({ isArray: token === '[', key: '', keyStart: start, index: 0 });
      }
    }
  }
  return null;
}

/**
 * The position in a string of a byte of its UTF-8.
 * @param {string} text
 * @param {number} byte
 */
function positionOf(text, byte) {
  return new TextDecoder().decode(new TextEncoder().encode(text).slice(0, byte)).length;
}

/**
 * Where an error in an event is.
 * @param {string} text
 * @param {string} path Empty for the text as a whole.
 * @param {string} description It may say `at byte 18`.
 * @returns {Place|null} null if it cannot be found.
 */
export function findPath(text, path, description) {
  if (path !== '') return findValue(text, path);
  const byte = /at byte (\d+)/.exec(description);
  if (!byte) return null;
  const start = Math.min(positionOf(text, Number(byte[1])), Math.max(0, text.length - 1));
  return { start, end: start + 1 };
}
