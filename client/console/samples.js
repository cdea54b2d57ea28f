// The documented sample of each event type: the JSON that receivers get. tests/integration/console/samples_test.py
// compares each with tests/payloads/documented.

const user = { id: 123, email: 'steve@getvero.com' };
const messageId = '20190730123456.1.1B72E094173067F0F@veromail.com';
const userAgent = 'Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)';
const subject = 'Your order is being processed!';

const campaign = {
  id: 987,
  type: 'transactional',
  name: 'Order confirmation',
  group: 'Order confirmation - Email 6',
  channel: 'email',
  subject,
  'trigger-event': 'purchased item',
  permalink: 'http://app.getvero.com/view/1/341d64944577ac1f70f560e37db54a25',
  sent_to: 'user@example.com',
  variation: 'Variation A',
  locale: 'en-US',
};

/** @type {Record<string, object>} */
const samples = {
  EVENT_TYPE_SENT: { sent_at: 1435016238, type: 'sent', user, campaign, message_id: messageId },
  EVENT_TYPE_DELIVERED: {
    delivered_at: 1435016238,
    type: 'delivered',
    user,
    campaign,
    message_id: messageId,
  },
  EVENT_TYPE_OPENED: {
    opened_at: 1435016238,
    user_agent: userAgent,
    type: 'opened',
    user,
    campaign,
    message_id: messageId,
  },
  EVENT_TYPE_CLICKED: {
    clicked_at: 1435016238,
    user_agent: userAgent,
    type: 'clicked',
    user,
    campaign,
    message_id: messageId,
  },
  EVENT_TYPE_FAILED: {
    type: 'failed',
    bounce_code: 500,
    bounce_message: 'FusionBadResponse',
    user,
    campaign,
  },
  EVENT_TYPE_BOUNCED: {
    bounced_at: 1435016238,
    bounce_type: 'hard',
    bounce_code: 550,
    bounce_message: '5.5.1 The email account that you tried to reach does not exist.',
    type: 'bounced',
    user,
    campaign,
    message_id: messageId,
  },
  EVENT_TYPE_CONVERTED: { type: 'converted', user, campaign, message_id: messageId },
  EVENT_TYPE_UNSUBSCRIBED: {
    unsubscribed_at: 1435016238,
    type: 'unsubscribed',
    user,
    campaign: {
      campaign_title: 'Order confirmation',
      series_title: 'Order Tracking',
      channel: 'email',
      message_id: messageId,
      email_subject: subject,
      variation_name: 'Control',
      template: 'Order Template',
    },
  },
  EVENT_TYPE_RESUBSCRIBED: { type: 'resubscribed', user },
  EVENT_TYPE_COMPLAINED: {
    complained_at: 1435016238,
    type: 'complained',
    user,
    event: { data: { key: 'value' }, name: 'Test event', triggered_at: 1424012238 },
    campaign: { ...campaign, locale: 'en' },
    message_id: messageId,
  },
  EVENT_TYPE_USER_CREATED: {
    type: 'user_created',
    user: { firstname: 'Steve', company: 'Vero', role: 'Bot', ...user },
  },
  EVENT_TYPE_USER_UPDATED: {
    action: 'user_updated',
    type: 'user_updated',
    user,
    id: '123',
    email: user.email,
    changes: { _tags: { add: ['active-customer'], remove: ['unactive-180-days'] } },
  },
};

/** The event types of this version, in the order of EventType. */
export const eventTypes = Object.keys(samples);

/**
 * The documented sample of a type as indented JSON; empty for a type that this version does not know.
 * @param {string} type
 * @returns {string}
 */
export function sampleText(type) {
  return samples[type] ? JSON.stringify(samples[type], null, 2) : '';
}
