"""Fills a hookd with many webhooks and deliveries, by its API."""

import concurrent.futures
import contextlib
import http.client
import json

from .programs import sample

CALLERS = 16  # calls in flight: hookd commits them together


def fill(hookd, project, webhooks, deliveries):
    """Adds that many webhooks to the project, and emits one event to all of them until there are that many deliveries.
    Nearly all of them stay pending, as the webhooks have a low rate limit."""

    def add_webhooks(first):
        with contextlib.closing(http.client.HTTPConnection(hookd.address)) as connection:
            for number in range(first, webhooks, CALLERS):
                add_webhook(connection, number)

    def add_webhook(connection, number):
        webhook = {
            "displayName": f"Customer {number:05}",
            "url": f"http://127.0.0.1:9/customer-{number:05}",
            "eventTypes": ["EVENT_TYPE_CONVERTED"],
            "rateLimit": {"perSecond": 0.01},
            "disabled": number % 10 == 9,
        }
        path = f"/v1/projects/{project}/webhooks?webhookId=customer-{number:05}"
        connection.request("POST", path, json.dumps(webhook), {"Content-Type": "application/json"})
        response = connection.getresponse()
        assert response.status == 200, response.read()
        response.read()

    with concurrent.futures.ThreadPoolExecutor(CALLERS) as callers:
        list(callers.map(add_webhooks, range(CALLERS)))
    enabled = webhooks - webhooks // 10
    events = [sample("converted") for _ in range(-(-deliveries // enabled))]
    for first in range(0, len(events), 10):
        hookd.call("POST", f"projects/{project}/events:emit", events[first : first + 10])
