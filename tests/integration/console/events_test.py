"""Events in the browser: the log, one event, and emitting."""

import json

from support.console_test_case import ConsoleTestCase, main
from support.programs import sample


class EventsTest(ConsoleTestCase):
    def test_lists_events_and_shows_one_with_where_it_went(self):
        self.add_webhook(displayName="Shop")
        self.hookd.emit(self.project, sample("bounced"))
        self.hookd.wait_for_deliveries(self.project, 1, "DELIVERED")
        self.open("events")
        self.browser.click("link", within=self.browser.row("bounced"))
        self.browser.wait_for_text('"bounced_at": 1435016238')
        self.browser.wait_for_text("Shop")
        self.browser.wait_for_text("Delivered")

    def test_shows_each_digit_of_a_number(self):
        event = self.hookd.emit(self.project, sample("bounced", user={"id": 9007199254740993, "email": "e"}))
        self.browser.open(f"{self.hookd.url}/#/{event}")
        self.browser.wait_for_text("9007199254740993")

    def test_finds_events_by_email(self):
        for email in ("ann@example.com", "bob@example.com"):
            self.hookd.emit(self.project, sample("opened", user={"id": email, "email": email}))
        self.open("events")
        self.browser.wait(lambda: len(self.browser.all("row")) == 3, "a head and two rows")
        self.browser.fill("Search", "bob@example.com\n")
        self.browser.wait(lambda: len(self.browser.all("row")) == 2, "a head and one row")

    def test_emits_a_sample(self):
        self.add_webhook()
        self.open("emit")
        self.browser.choose("Sample", "bounced")
        self.browser.click("button", "Emit")
        self.browser.wait_for_text("goes to 1 webhook")
        [(_, body)] = self.receiver.wait_for_requests(self.path)
        self.assertEqual(json.loads(body)["type"], "bounced")

    def test_emits_an_event_of_ones_own(self):
        self.add_webhook()
        self.open("emit")
        self.browser.fill("Event", '{"type": "bounced", "user": {"id": 7, "email": "own@example.com"}}')
        self.browser.click("button", "Emit")
        [(_, body)] = self.receiver.wait_for_requests(self.path)
        self.assertEqual(json.loads(body)["user"], {"id": 7, "email": "own@example.com"})

    def test_says_what_is_wrong_with_an_event(self):
        self.open("emit")
        self.browser.fill("Event", '{"type": "bounced", "user": {"id": 7}, "campaign": {"trigger-event": 12}}')
        self.browser.click("button", "Emit")
        self.browser.wait_for_text("campaign.trigger-event")
        self.assertEqual(self.hookd.call("GET", f"projects/{self.project}/events"), {})

    def test_says_that_it_is_no_json(self):
        self.open("emit")
        self.browser.fill("Event", '{"type": ')
        self.browser.click("button", "Emit")
        self.browser.wait_for_text("JSON")


if __name__ == "__main__":
    main()
