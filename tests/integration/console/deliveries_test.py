"""Deliveries in the browser: the list, its filters, the live tail, one delivery, and redelivery."""

from support.console_test_case import ConsoleTestCase, main
from support.programs import sample


class DeliveriesTest(ConsoleTestCase):
    def fail(self, count, webhook_id="shop", **changes):
        """Has that many deliveries fail."""
        self.receiver.answer(self.path, 500, b"out of order")
        for _ in range(count):
            self.hookd.emit(self.project, sample("bounced", **changes))
        return self.hookd.wait_for_deliveries(self.project, count, "FAILED")

    def test_lists_deliveries_with_what_failed(self):
        self.add_webhook(displayName="Shop")
        self.fail(1)
        self.open("deliveries")
        row = self.browser.text(self.browser.row("bounced"))
        self.assertIn("Shop", row)
        self.assertIn("Failed", row)
        self.assertIn("500", row)

    def test_says_that_there_are_none_yet(self):
        self.open("deliveries")
        self.browser.wait_for_text("No deliveries")

    def test_keeps_its_filters_in_the_address(self):
        self.add_webhook()
        self.fail(1)
        self.open("deliveries")
        self.browser.click("button", "State")
        self.browser.check("Delivered")
        self.browser.wait_for_query(state="DELIVERED")
        self.browser.wait_for_text("No delivery matches")
        self.browser.driver.refresh()
        self.browser.wait_for_text("No delivery matches")
        self.browser.click("button", "Remove State: Delivered")
        self.browser.row("bounced")
        self.assertNotIn("state", self.browser.query())

    def test_finds_deliveries_by_email(self):
        self.add_webhook()
        for email in ("ann@example.com", "bob@example.com"):
            self.hookd.emit(self.project, sample("bounced", user={"id": email, "email": email}))
        deliveries = self.hookd.wait_for_deliveries(self.project, 2, "DELIVERED")
        self.open("deliveries")
        self.browser.wait(lambda: len(self.browser.all("row")) == 3, "a head and two rows")
        self.browser.fill("Search", "ann@example.com\n")
        self.browser.wait(lambda: len(self.browser.all("row")) == 2, "a head and one row")
        self.browser.click("link", within=self.browser.all("row")[1])
        self.browser.wait_for_text("ann@example.com")
        self.assertIn(self.browser.route().rsplit("/", 1)[1], [d["name"].rsplit("/", 1)[1] for d in deliveries])

    def test_shows_new_deliveries_while_the_live_tail_is_on(self):
        self.add_webhook()
        self.open("deliveries")
        self.browser.check("Live")
        self.hookd.emit(self.project, sample("bounced"))
        self.assertIn("Delivered", self.browser.text(self.browser.row("bounced")))

    def test_shows_the_attempts_of_a_delivery(self):
        self.add_webhook(displayName="Shop")
        self.receiver.answer(self.path, 500, b'{"reason": "out of order"}', {"Content-Type": "application/json", "X-Shelf": "12"})
        self.hookd.emit(self.project, sample("bounced"))
        [delivery] = self.hookd.wait_for_deliveries(self.project, 1, "FAILED")
        self.browser.open(f"{self.hookd.url}/#/{delivery['name']}")
        for text in ("Failed", "500", "out of order", "X-Shelf", "Webhook-Id", "steve@getvero.com", "First byte"):
            self.browser.wait_for_text(text)

    def test_redelivers_a_delivery(self):
        self.add_webhook()
        [delivery] = self.fail(1)
        self.receiver.answer(self.path, 200)
        self.browser.open(f"{self.hookd.url}/#/{delivery['name']}")
        self.browser.click("button", "Redeliver")
        self.browser.wait_for_text("Delivered")
        self.assertEqual(len(self.receiver.wait_for_requests(self.path, 2)), 2)

    def test_redelivers_the_deliveries_that_are_selected(self):
        self.add_webhook()
        self.fail(3)
        self.receiver.answer(self.path, 200)
        self.open("deliveries")
        rows = self.browser.wait(lambda: len(rows := self.browser.all("row")) == 4 and rows, "a head and three rows")
        for row in rows[1:3]:
            self.browser.check("Select", within=row)
        self.browser.click("button", "Redeliver")
        self.hookd.wait_for_deliveries(self.project, 2, "DELIVERED")
        self.assertEqual(len(self.hookd.deliveries(self.project, "state = FAILED")), 1)

    def test_redelivers_all_that_match_once_it_said_how_many(self):
        self.add_webhook()
        self.fail(3)
        self.receiver.answer(self.path, 200)
        self.open("deliveries", "?state=FAILED")
        self.browser.row("bounced")
        self.browser.click("button", "Redeliver all that match…")
        dialog = self.browser.find("dialog")
        self.browser.wait_for_text("3 failed or canceled deliveries match", within=dialog)
        self.assertEqual(len(self.receiver.requests(self.path)), 3)
        self.browser.click("button", "Redeliver 3", within=dialog)
        self.hookd.wait_for_deliveries(self.project, 3, "DELIVERED")

    def test_says_that_a_delivery_does_not_exist(self):
        self.open("deliveries/1m8pn6gx30000")
        self.browser.wait_for_text("Not found")


if __name__ == "__main__":
    main()
