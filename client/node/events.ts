// One event of each type, as a service would emit them. A field that is not set is omitted from the JSON.
import { BounceType, Event } from './stubs/hookd/v1/event.js';

const at = 1435016238n;
const messageId = '1234@mail.example.com';
// An id is a number or a string: { $case: 'text', value: ... }.
const user = { id: { kind: { $case: 'number' as const, value: 123n } }, email: 'steve@example.com' };
const campaign = {
  id: { kind: { $case: 'number' as const, value: 987n } },
  name: 'Order confirmation',
  subject: 'Your order is being processed!',
};
// The fields that most types share.
const about = { user, campaign, messageId };

export function openedEvent(): Event {
  return { type: { $case: 'opened', value: { openedAt: at, userAgent: 'Mozilla/5.0', ...about } } };
}

export function sampleEvents(): Event[] {
  return [
    { type: { $case: 'sent', value: { sentAt: at, ...about } } },
    { type: { $case: 'delivered', value: { deliveredAt: at, ...about } } },
    openedEvent(),
    { type: { $case: 'clicked', value: { clickedAt: at, ...about } } },
    { type: { $case: 'failed', value: { bounceCode: 521, user, campaign } } },
    {
      type: {
        $case: 'bounced',
        value: {
          bouncedAt: at,
          bounceType: BounceType.BOUNCE_TYPE_HARD,
          bounceCode: 550,
          bounceMessage: 'no such user',
          ...about,
        },
      },
    },
    { type: { $case: 'converted', value: about } },
    { type: { $case: 'unsubscribed', value: { unsubscribedAt: at, user, campaign: { campaignTitle: 'Welcome' } } } },
    { type: { $case: 'resubscribed', value: { user } } },
    {
      type: {
        $case: 'complained',
        value: {
          complainedAt: at,
          event: { name: 'purchased item', data: { price: 12.5 }, triggeredAt: at },
          ...about,
        },
      },
    },
    { type: { $case: 'userCreated', value: { user: { ...user, properties: { firstname: 'Steve' } } } } },
    {
      type: {
        $case: 'userUpdated',
        value: { user, id: '123', email: user.email, changes: { firstname: 'Stephen' } },
      },
    },
  ];
}
