"""One event of each type, as a service would emit them. A field that is not set is omitted from the JSON."""

from google.protobuf import struct_pb2
from hookd.v1 import event_pb2 as pb

AT = 1435016238
USER = pb.User(id=pb.Id(number=123), email="steve@example.com")  # or Id(text=...), for ids that are strings
CAMPAIGN = pb.Campaign(id=pb.Id(number=987), name="Order confirmation", subject="Your order is being processed!")
# The fields that most types share.
ABOUT = {"user": USER, "campaign": CAMPAIGN, "message_id": "1234@mail.example.com"}


def free_form(**fields):
    struct = struct_pb2.Struct()
    struct.update(fields)
    return struct


def opened_event():
    return pb.Event(opened=pb.Opened(opened_at=AT, user_agent="Mozilla/5.0", **ABOUT))


def sample_events():
    purchase = pb.TriggerEvent(name="purchased item", data=free_form(price=12.5), triggered_at=AT)
    welcome = pb.UnsubscribedCampaign(campaign_title="Welcome")
    profile = pb.UserCreated.Profile(id=USER.id, email=USER.email, properties=free_form(firstname="Steve"))
    return [
        pb.Event(sent=pb.Sent(sent_at=AT, **ABOUT)),
        pb.Event(delivered=pb.Delivered(delivered_at=AT, **ABOUT)),
        opened_event(),
        pb.Event(clicked=pb.Clicked(clicked_at=AT, **ABOUT)),
        pb.Event(failed=pb.Failed(bounce_code=521, user=USER, campaign=CAMPAIGN)),
        pb.Event(
            bounced=pb.Bounced(
                bounced_at=AT, bounce_type=pb.BOUNCE_TYPE_HARD, bounce_code=550, bounce_message="no such user", **ABOUT
            )
        ),
        pb.Event(converted=pb.Converted(**ABOUT)),
        pb.Event(unsubscribed=pb.Unsubscribed(unsubscribed_at=AT, user=USER, campaign=welcome)),
        pb.Event(resubscribed=pb.Resubscribed(user=USER)),
        pb.Event(complained=pb.Complained(complained_at=AT, event=purchase, **ABOUT)),
        pb.Event(user_created=pb.UserCreated(user=profile)),
        pb.Event(
            user_updated=pb.UserUpdated(
                user=USER, id="123", email=USER.email, changes=free_form(firstname="Stephen")
            )
        ),
    ]
