/**
 * A random id, such as a request id. Unlike crypto.randomUUID, it also works on pages that are not served over TLS.
 * @returns {string}
 */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
