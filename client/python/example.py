"""Calls hookd: creates a webhook, emits single events and a stream of events, and waits for all deliveries.

    python example.py localhost:50051 http://127.0.0.1:8080/
"""

import os
import pathlib
import sys
import uuid

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from events import opened_event, sample_events
from hookd.v1 import delivery_pb2, delivery_service_pb2, delivery_service_pb2_grpc, event_pb2
from hookd.v1 import event_service_pb2, event_service_pb2_grpc
from hookd.v1 import webhook_pb2, webhook_service_pb2, webhook_service_pb2_grpc

PROJECT = "projects/example-python"
CALL_DEADLINE = 10  # seconds, for unary calls
WORK_DEADLINE = 60  # seconds, for streams
STREAMED = 1000
# The retry policy for calls while hookd is UNAVAILABLE.
SERVICE_CONFIG = pathlib.Path(__file__).parents[2] / "protos/hookd/v1/service_config.json"


def create_bad_webhook(webhooks):
    """Sends an invalid request, and prints every field violation."""
    webhook = webhook_pb2.Webhook(url="ftp://example.com/")
    request = webhook_service_pb2.CreateWebhookRequest(parent=PROJECT, webhook=webhook)
    try:
        webhooks.CreateWebhook(request, timeout=CALL_DEADLINE)
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)
        bad_request = error_details_pb2.BadRequest()
        if status is None or not any(detail.Unpack(bad_request) for detail in status.details):
            raise
        for violation in bad_request.field_violations:
            print(f"refused: {violation.field}: {violation.description}")
    else:
        raise RuntimeError("a bad webhook was created")


def create_webhook(webhooks, url):
    webhook = webhook_pb2.Webhook(
        url=url,
        event_types=[number for number in event_pb2.EventType.values() if number != 0],
        # The receiver's secret. If it is empty, hookd generates one and returns it in the response.
        signing_secret=os.environ.get("WEBHOOK_SECRET"),
    )
    request = webhook_service_pb2.CreateWebhookRequest(
        parent=PROJECT,
        webhook=webhook,
        request_id=str(uuid.uuid4()),  # makes the call safe to retry
    )
    created = webhooks.CreateWebhook(request, timeout=CALL_DEADLINE)
    print(f"created {created.name}")
    return created


def emit(events, event):
    request = event_service_pb2.EmitEventRequest(parent=PROJECT, event=event, request_id=str(uuid.uuid4()))
    response = events.EmitEvent(request, timeout=CALL_DEADLINE)
    print(f"emitted {response.event}, to {response.webhook_count} webhook")


def stream(events):
    """Emits many events in one call. Responses arrive in message order, while messages are still being sent."""

    def messages():
        for number in range(STREAMED):
            yield event_service_pb2.StreamEventsRequest(
                parent=PROJECT, sequence_number=number, event=opened_event(), request_id=str(uuid.uuid4())
            )

    acknowledged = 0
    for response in events.StreamEvents(messages(), timeout=WORK_DEADLINE):
        if response.HasField("error"):
            raise RuntimeError(f"message {response.sequence_number}: {response.error.message}")
        if response.sequence_number != acknowledged:
            raise RuntimeError(f"acknowledgement {response.sequence_number} instead of {acknowledged}")
        acknowledged += 1
    if acknowledged != STREAMED:
        raise RuntimeError(f"only {acknowledged} acknowledgements")
    print(f"streamed {acknowledged} events, all of them acknowledged")


def watch(deliveries, webhook, count):
    """Waits until `count` deliveries of the webhook have arrived, including those from before the call."""
    request = delivery_service_pb2.WatchDeliveriesRequest(
        parent=PROJECT, filter=f'webhook = "{webhook.name}"', start_time=webhook.create_time
    )
    arrived = set()
    call = deliveries.WatchDeliveries(request, timeout=WORK_DEADLINE)
    for response in call:
        delivery = response.delivery
        if delivery.state != delivery_pb2.DELIVERY_STATE_DELIVERED:
            raise RuntimeError(f"{delivery.name}: {delivery.error}")
        arrived.add(delivery.name)
        if len(arrived) == count:
            print(f"delivered {count} of {count}")
            call.cancel()
            return
    raise RuntimeError(f"only {len(arrived)} of {count} arrived")


def main(address, url):
    options = [("grpc.service_config", SERVICE_CONFIG.read_text())]
    with grpc.insecure_channel(address, options=options) as channel:
        webhooks = webhook_service_pb2_grpc.WebhookServiceStub(channel)
        events = event_service_pb2_grpc.EventServiceStub(channel)
        deliveries = delivery_service_pb2_grpc.DeliveryServiceStub(channel)

        create_bad_webhook(webhooks)
        webhook = create_webhook(webhooks, url)
        samples = sample_events()
        for event in samples:
            emit(events, event)
        stream(events)
        watch(deliveries, webhook, len(samples) + STREAMED)
        request = webhook_service_pb2.DeleteWebhookRequest(name=webhook.name)
        webhooks.DeleteWebhook(request, timeout=CALL_DEADLINE)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python example.py HOOKD_ADDRESS RECEIVER_URL")
    main(*sys.argv[1:])
