// What the form does with the draft: has hookd check it, sends it for a test, and saves it.
import { ApiError, isAbort } from '/console/api/client.js';
import { createWebhook, updateWebhook } from '/console/api/methods.js';
import { dropDraft, keepDraft, unsavedDraft } from '/console/screens/unsaved.js';
import { changedFields, draftOf, pick } from '/console/screens/webhook_form/draft.js';
import { Fields } from '/console/screens/webhook_form/fields.js';
import { randomId } from '/console/ui/random_id.js';
import { errorSentence } from '/console/ui/states.js';
import { words } from '/console/words/en.js';

/** How long the caller has to stop typing before hookd checks the draft. */
const checkDelayMs = 300;

/** @typedef {import('/console/screens/webhook_form/fields.js').Violation} Violation */
/**
 * @typedef {object} Listener
 * @property {() => void} changed the draft has changed
 * @property {(state: {checking: boolean, url?: string}) => void} checked `url`: a good URL as hookd would store it
 * @property {(sentences: string[]) => void} failed what no field can show; empty once it is over
 */

/** Implements Form of section.js. */
export class Controller {
  /** @type {import('/console/screens/webhook_form/draft.js').Draft} */
  draft;
  fields = new Fields();
  /** @type {Listener | null} */
  listener = null;
  #project;
  #signal;
  #original;
  #submitted = false;
  /** @type {number | undefined} */
  #timer;
  #check = new AbortController();
  /** The id of the last request to create, and its content: the same content is created once. */
  #request = { id: '', content: '' };

  /**
   * @param {import('/console/ui/router.js').Context} context
   * @param {Record<string, any> | null} webhook
   */
  constructor(context, webhook) {
    this.webhook = webhook;
    this.creating = webhook === null;
    this.#project = context.project;
    this.#signal = context.signal;
    this.#original = webhook === null ? {} : draftOf(webhook);
    const fresh = webhook === null ? { url: '', eventTypes: [] } : draftOf(webhook);
    const unsaved = unsavedDraft(this.#key, this.#etag);
    this.draft = unsaved ?? fresh;
    /** Whether the draft is one that was not saved. */
    this.restored = unsaved !== undefined;
  }

  get #key() {
    return this.webhook?.name ?? `projects/${this.#project}`;
  }

  get #etag() {
    return this.webhook?.etag ?? '';
  }

  /** Forgets what was entered. */
  discard() {
    dropDraft(this.#key);
  }

  /** @param {string[]} paths */
  changed(...paths) {
    for (const path of paths) this.fields.touch(path);
    if (this.changes().length > 0) keepDraft(this.#key, this.#etag, this.draft);
    else this.discard();
    this.listener?.changed();
    clearTimeout(this.#timer);
    this.#check.abort();
    this.#timer = setTimeout(() => this.#runCheck(), checkDelayMs);
  }

  /** The names of the fields that differ from the stored webhook. */
  changes() {
    return changedFields(this.#original, this.draft);
  }

  /** What a test sends: the draft, or the stored webhook with the changes. */
  testRequest() {
    if (this.creating) return { project: this.#project, webhook: this.#newWebhook() };
    const changes = this.changes();
    const { name } = /** @type {Record<string, any>} */ (this.webhook);
    if (changes.length === 0) return { name };
    return { name, webhook: pick(this.draft, changes), updateMask: changes.join(',') };
  }

  /**
   * Saves the draft. Violations are shown at their fields.
   * @returns {Promise<{webhook?: any, conflict?: boolean}>} empty if it was not saved
   */
  async save() {
    clearTimeout(this.#timer);
    this.#check.abort();
    this.#submitted = true;
    try {
      const webhook = await this.#send({ validateOnly: false, signal: this.#signal });
      this.#show([]);
      this.discard();
      return { webhook };
    } catch (error) {
      if (isAbort(error)) return {};
      if (error instanceof ApiError && error.code === 'ABORTED') return { conflict: true };
      if (error instanceof ApiError && error.code === 'ALREADY_EXISTS') {
        this.#show([{ field: 'webhook_id', description: words.webhookForm.idTaken }]);
      } else if (error instanceof ApiError && error.violations.length > 0) {
        this.#show(error.violations);
      } else {
        this.listener?.failed([errorSentence(error)]);
      }
      this.fields.focusError();
      return {};
    }
  }

  /**
   * Shows the violations of a test.
   * @param {Violation[]} violations
   */
  showViolations(violations) {
    for (const { field } of violations) this.fields.touch(field);
    this.#show(violations);
  }

  async #runCheck() {
    this.#check = new AbortController();
    const signal = AbortSignal.any([this.#check.signal, this.#signal]);
    this.listener?.checked({ checking: true });
    try {
      const { url } = await this.#send({ validateOnly: true, signal });
      this.#show([]);
      this.listener?.checked({ checking: false, url: this.draft.url ? url : undefined });
    } catch (error) {
      if (isAbort(error)) return;
      const violations = error instanceof ApiError ? error.violations : [];
      this.#show(violations, error);
      const bad = violations.length === 0 || violations.some(({ field }) => field === 'webhook.url');
      this.listener?.checked({ checking: false, url: bad ? undefined : this.draft.url });
    }
  }

  /**
   * @param {Violation[]} violations
   * @param {unknown} [error] shown if there are no violations
   */
  #show(violations, error) {
    const left = this.fields.show(violations, { submitted: this.#submitted });
    const sentences = left.map(({ field, description }) => `${field}: ${description}`);
    this.listener?.failed(
      error !== undefined && violations.length === 0 ? [errorSentence(error)] : sentences,
    );
  }

  /**
   * @param {{validateOnly: boolean, signal: AbortSignal}} options
   * @returns {Promise<any>}
   */
  async #send({ validateOnly, signal }) {
    if (this.creating) {
      const webhook = this.#newWebhook();
      const { webhookId } = this.draft;
      const content = JSON.stringify([webhook, webhookId]);
      if (!validateOnly && content !== this.#request.content) this.#request = { id: randomId(), content };
      const requestId = validateOnly ? undefined : this.#request.id;
      return createWebhook(
        { project: this.#project, webhook, webhookId, validateOnly, requestId },
        { signal },
      );
    }
    const { name, etag, url } = /** @type {Record<string, any>} */ (this.webhook);
    const changes = this.changes();
    if (changes.length === 0) return validateOnly ? { url } : this.webhook;
    const webhook = { name, ...pick(this.draft, changes), ...(validateOnly ? {} : { etag }) };
    return updateWebhook({ webhook, updateMask: changes.join(','), validateOnly }, { signal });
  }

  #newWebhook() {
    const { webhookId, ...webhook } = this.draft;
    return webhook;
  }
}
