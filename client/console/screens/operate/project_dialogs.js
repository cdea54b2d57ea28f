// The dialogs that change and delete a project.

import { ApiError } from '/console/api/client.js';
import { deleteProject, updateProject } from '/console/api/methods.js';
import { confirmTyped, openDialog } from '/console/ui/dialog.js';
import { sentence } from '/console/ui/errors.js';
import { field, textArea, textInput } from '/console/ui/field.js';
import { lastPart } from '/console/ui/text.js';
import { formatCount } from '/console/ui/time.js';
import { toast } from '/console/ui/toast.js';
import { words } from '/console/words/en.js';

/** @typedef {import('/console/api/types.js').Project} Project */

/** @param {string} text a label in each line, such as team=billing */
function parseLabels(text) {
  /** @type {Record<string, string>} */
  const labels = {};
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '') continue;
    const [key, ...value] = line.split('=');
    labels[key.trim()] = value.join('=').trim();
  }
  return labels;
}

/**
 * @param {Project} project
 * @param {() => Promise<void>} changed
 */
export function openEditProject(project, changed) {
  const name = textInput({ value: project.displayName ?? '' });
  const lines = Object.entries(project.labels ?? {}).map(([key, value]) => (value ? `${key}=${value}` : key));
  const labels = textArea({ value: lines.join('\n'), rows: 5 });
  const nameField = field({ label: words.projects.name, input: name, optional: true });
  const labelsField = field({
    label: words.projects.labels,
    input: labels,
    hint: words.projects.labelsHint,
    optional: true,
  });
  const save = async () => {
    const values = { displayName: name.value.trim(), labels: parseLabels(labels.value) };
    try {
      await updateProject({
        project: { name: project.name, etag: project.etag, ...values },
        updateMask: 'displayName,labels',
      });
    } catch (error) {
      if (!(error instanceof ApiError) || error.violations.length === 0) throw error;
      const found = (/** @type {boolean} */ ofLabels) =>
        error.violations
          .filter((one) => one.field.includes('labels') === ofLabels)
          .map((one) => sentence(one.description));
      nameField.setError(found(false).join(' ') || null);
      labelsField.setError(found(true).join(' ') || null);
      return false;
    }
    toast(words.projects.saved);
    await changed();
    return true;
  };
  openDialog({
    title: words.projects.editTitle(lastPart(project.name ?? '')),
    body: [nameField.element, labelsField.element],
    actions: [{ label: words.common.cancel }, { label: words.common.save, kind: 'primary', run: save }],
  });
}

/**
 * @param {Project} project
 * @param {() => Promise<void>} changed
 */
export function openDeleteProject(project, changed) {
  const id = lastPart(project.name ?? '');
  confirmTyped({
    title: words.projects.deleteTitle(id),
    text: words.projects.deleteText(
      formatCount(project.webhookCount),
      formatCount(project.pendingDeliveryCount),
    ),
    word: id,
    action: words.projects.deleteAction,
    run: async () => {
      await deleteProject({ name: project.name ?? '', force: true });
      toast(words.projects.deleted(id));
      await changed();
    },
  });
}
