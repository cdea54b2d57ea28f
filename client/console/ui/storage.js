// Small values that the browser keeps: for the tab ('session') or for good ('local'). Where the browser denies storage,
// for example in a frame of another site, they are kept in memory.

/** @type {Map<string, string>} */
const memory = new Map();

/**
 * @param {'session' | 'local'} kind
 * @returns {Storage}
 */
function area(kind) {
  return kind === 'session' ? window.sessionStorage : window.localStorage;
}

/**
 * @param {'session' | 'local'} kind
 * @param {string} key
 * @returns {string | null}
 */
export function readStored(kind, key) {
  try {
    return area(kind).getItem(key) ?? memory.get(key) ?? null;
  } catch {
    return memory.get(key) ?? null;
  }
}

/**
 * Stores `value`, or removes what is stored if it is null.
 * @param {'session' | 'local'} kind
 * @param {string} key
 * @param {string | null} value
 */
export function store(kind, key, value) {
  if (value === null) memory.delete(key);
  else memory.set(key, value);
  try {
    if (value === null) area(kind).removeItem(key);
    else area(kind).setItem(key, value);
  } catch {
    // Storage is denied or full: memory has the value.
  }
}
