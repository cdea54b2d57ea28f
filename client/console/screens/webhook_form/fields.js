// The fields of the form by the paths that the API's violations have, such as `webhook.retry_policy.max_attempts`.

/** @typedef {{element: HTMLElement, setError: (text: string | null) => void}} Field */
/** @typedef {{element: HTMLElement, setErrors: (errors: Map<string, string>) => void}} FieldGroup */
/** @typedef {{field: string, description: string}} Violation */

/**
 * Where violations are shown. A violation of a field that was not touched yet is shown once the form is submitted.
 */
export class Fields {
  /** @type {Map<string, Field>} */
  #fields = new Map();
  /** @type {Map<string, FieldGroup>} */
  #groups = new Map();
  /** @type {Set<string>} */
  #touched = new Set();

  /**
   * @template {Field} F
   * @param {string} path
   * @param {F} field
   * @returns {F}
   */
  add(path, field) {
    this.#fields.set(path, field);
    return field;
  }

  /**
   * Adds fields whose number changes, such as headers: the group gets the errors of all paths that begin with its own.
   * @param {string} path
   * @param {FieldGroup} group
   */
  addMany(path, group) {
    this.#groups.set(path, group);
  }

  /** @param {string} path */
  touch(path) {
    this.#touched.add(path);
  }

  /**
   * Shows the violations, and clears the errors of all other fields.
   * @param {Violation[]} violations
   * @param {{submitted: boolean}} options
   * @returns {Violation[]} those that no field is for
   */
  show(violations, { submitted }) {
    /** @type {Map<string, string>} */
    const errors = new Map();
    const left = [];
    for (const violation of violations) {
      const path = this.#groupOf(violation.field) ? violation.field : this.#closest(violation.field);
      if (path === null) left.push(violation);
      else if (!errors.has(path)) errors.set(path, sentence(violation.description));
    }
    const visible = [...errors].filter(([path]) => submitted || this.#touched.has(path));
    const shown = new Map(visible);
    for (const [path, field] of this.#fields) field.setError(shown.get(path) ?? null);
    for (const [path, group] of this.#groups) {
      group.setErrors(new Map(visible.filter(([each]) => each.startsWith(path))));
    }
    return left;
  }

  /** Unfolds and focuses the first field with an error. */
  focusError() {
    for (const { element } of [...this.#fields.values(), ...this.#groups.values()]) {
      const invalid = /** @type {HTMLElement | null} */ (element.querySelector('[aria-invalid=true]'));
      if (!invalid) continue;
      const section = element.closest('details');
      if (section) section.open = true;
      // A group of check boxes is invalid as a whole, and cannot have the focus itself.
      const inner = /** @type {HTMLElement | null} */ (invalid.querySelector('input:not(:disabled)'));
      (inner ?? invalid).focus();
      return;
    }
  }

  /** @param {string} path */
  #groupOf(path) {
    return [...this.#groups.keys()].some((each) => path.startsWith(each));
  }

  /**
   * The field of a path, or of the nearest path above it.
   * @param {string} path
   * @returns {string | null}
   */
  #closest(path) {
    for (let each = path; each; each = each.replace(/(\[[^\]]*\]|\.?[^.[]*)$/, '')) {
      if (this.#fields.has(each)) return each;
    }
    return null;
  }
}

/**
 * A violation's description, which begins in lower case, as a sentence of its own.
 * @param {string} description
 */
function sentence(description) {
  return description.charAt(0).toUpperCase() + description.slice(1);
}
