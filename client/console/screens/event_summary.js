// What an event of the API is about: its type, its user, and its campaign or message.
import { eventTypes } from '/console/samples.js';

/** @import { Event, Id } from '/console/api/types.js' */

/**
 * The member of Event that a type has: `userCreated` for EVENT_TYPE_USER_CREATED.
 * @param {string} type
 */
function memberOf(type) {
  return type
    .replace('EVENT_TYPE_', '')
    .toLowerCase()
    .replace(/_(.)/g, (_, letter) => letter.toUpperCase());
}

/** @param {Id|undefined} id */
function idText(id) {
  return id?.number ?? id?.text ?? '';
}

/**
 * @param {Event} event
 * @returns {{type: string, user: string, about: string}} `type` is empty for a type that this version does not know.
 */
export function eventSummary(event) {
  /** @type {Record<string, any>} */
  const members = event;
  const type = eventTypes.find((one) => members[memberOf(one)] !== undefined) ?? '';
  const content = members[memberOf(type)] ?? {};
  const { user = {}, campaign = {} } = content;
  const messageId = content.messageId ?? campaign.messageId;
  return {
    type,
    user: [user.email, idText(user.id)].filter(Boolean).join(' · '),
    about: campaign.name ?? campaign.campaignTitle ?? messageId ?? '',
  };
}
