"""Each step of the product's guide to webhooks, in the browser: add, choose events, save, edit, test, enable."""

from support.console_test_case import ConsoleTestCase, main
from support.programs import sample


class GuideTest(ConsoleTestCase):
    def test_adds_a_webhook_for_chosen_events(self):
        self.open("webhooks")
        self.browser.click("action", "Add webhook")
        self.browser.wait_for_route(f"/projects/{self.project}/add-webhook")
        self.browser.fill("Name", "Shop")
        self.browser.fill("URL", self.receiver.url(self.path))
        self.browser.check("bounced")
        self.browser.check("unsubscribed")
        self.browser.click("button", "Add webhook")
        self.browser.wait_for_text("whsec_")  # The secret is shown once.

        [webhook] = self.hookd.call("GET", f"projects/{self.project}/webhooks")["webhooks"]
        self.assertEqual(webhook["displayName"], "Shop")
        self.assertEqual(webhook["eventTypes"], ["EVENT_TYPE_BOUNCED", "EVENT_TYPE_UNSUBSCRIBED"])
        self.hookd.emit(self.project, sample("bounced"))
        self.receiver.wait_for_requests(self.path)
        self.open("webhooks")
        self.assertIn(self.receiver.url(self.path), self.browser.text(self.browser.row("Shop")))

    def test_says_what_is_wrong_with_a_url_while_it_is_typed(self):
        self.open("add-webhook")
        self.browser.fill("URL", "ftp://example.com/")
        self.browser.wait_for_text("Must begin with http")

    def test_does_not_save_a_webhook_without_events(self):
        self.open("add-webhook")
        self.browser.fill("URL", self.receiver.url(self.path))
        self.browser.click("button", "Add webhook")
        self.browser.wait_for_text("at least one")
        self.assertEqual(self.hookd.call("GET", f"projects/{self.project}/webhooks"), {})

    def test_edits_a_webhook(self):
        self.add_webhook("shop", displayName="Shop")
        self.open("webhooks")
        self.browser.click("button", "Actions", within=self.browser.row("Shop"))
        self.browser.click("action", "Edit")
        self.browser.wait_for_route(f"/projects/{self.project}/webhooks/shop/edit")
        self.browser.fill("Name", "Store")
        self.browser.check("bounced", on=False)
        self.browser.check("sent")
        self.browser.click("button", "Save")
        self.browser.wait_for_route(f"/projects/{self.project}/webhooks/shop")
        webhook = self.hookd.call("GET", f"projects/{self.project}/webhooks/shop")
        self.assertEqual((webhook["displayName"], webhook["eventTypes"]), ("Store", ["EVENT_TYPE_SENT"]))

    def test_does_not_overwrite_what_someone_else_saved_meanwhile(self):
        self.add_webhook("shop", displayName="Shop")
        self.open("webhooks/shop/edit")
        self.browser.fill("Name", "Store")
        self.hookd.call("PATCH", f"projects/{self.project}/webhooks/shop", {"displayName": "Another"})
        self.browser.click("button", "Save")
        self.browser.wait_for_text("changed")
        webhook = self.hookd.call("GET", f"projects/{self.project}/webhooks/shop")
        self.assertEqual(webhook["displayName"], "Another")

    def test_chooses_all_events_and_none(self):
        self.open("add-webhook")
        self.browser.click("button", "All")
        self.browser.wait(lambda: self.browser.is_on(self.browser.find("switch", "user_updated")), "all are chosen")
        self.browser.click("button", "None")
        self.browser.wait(lambda: not self.browser.is_on(self.browser.find("switch", "user_updated")), "none is")

    def test_shows_that_a_test_succeeded(self):
        self.add_webhook()
        self.receiver.answer(self.path, 200, b"thank you")
        self.open("webhooks/shop", "?tab=test")
        self.browser.click("button", "Send test")
        self.browser.wait_for_text("Success.")
        self.browser.wait_for_text("thank you")
        [(headers, body)] = self.receiver.wait_for_requests(self.path)
        self.assertIn(b'"type":"bounced"', body)
        self.assertIn("Webhook-Signature", headers)

    def test_shows_that_a_test_failed_and_why(self):
        self.add_webhook()
        self.receiver.answer(self.path, 503, b"down for maintenance")
        self.open("webhooks/shop", "?tab=test")
        self.browser.click("button", "Send test")
        self.browser.wait_for_text("Failure.")
        self.browser.wait_for_text("503")
        self.browser.wait_for_text("down for maintenance")

    def test_tests_a_disabled_webhook_too(self):
        self.add_webhook(disabled=True)
        self.open("webhooks/shop", "?tab=test")
        self.browser.click("button", "Send test")
        self.browser.wait_for_text("Success.")

    def test_tests_a_webhook_before_it_is_saved(self):
        self.open("add-webhook")
        self.browser.fill("URL", self.receiver.url(self.path))
        self.browser.check("bounced")
        self.browser.click("button", "Send test")
        self.browser.wait_for_text("Success.")
        self.receiver.wait_for_requests(self.path)
        self.assertEqual(self.hookd.call("GET", f"projects/{self.project}/webhooks"), {})

    def test_disables_and_enables_a_webhook(self):
        self.add_webhook(displayName="Shop")
        self.open("webhooks")
        for disabled in (True, False):
            self.browser.check("Enable Shop", on=not disabled, within=self.browser.row("Shop"))
            self.browser.wait(lambda: self._is_disabled() == disabled, f"disabled is {disabled}")

    def test_undoes_the_toggle_if_the_change_fails(self):
        self.add_webhook(displayName="Shop")
        self.open("webhooks")
        self.browser.row("Shop")
        self.hookd.call("DELETE", f"projects/{self.project}/webhooks/shop")
        self.browser.check("Enable Shop", on=False, within=self.browser.row("Shop"))
        self.browser.find("status", None)
        self.browser.wait_for_text("not found")
        toggle = self.browser.find("switch", "Enable Shop", within=self.browser.row("Shop"))
        self.browser.wait(lambda: self.browser.is_on(toggle), "the toggle is on again")

    def test_deletes_a_webhook_once_its_name_is_typed(self):
        self.add_webhook(displayName="Shop")
        self.open("webhooks")
        self.browser.click("button", "Actions", within=self.browser.row("Shop"))
        self.browser.click("menuitem", "Delete…")
        dialog = self.browser.find("dialog")
        delete = self.browser.find("button", "Delete webhook", within=dialog)
        self.assertFalse(delete.is_enabled())
        self.browser.find("field", None, within=dialog).send_keys("shop")
        self.browser.wait(delete.is_enabled, "the button is enabled")
        delete.click()
        self.browser.wait_for_text("No webhooks yet")
        self.assertEqual(self.hookd.call("GET", f"projects/{self.project}/webhooks"), {})

    def _is_disabled(self):
        return self.hookd.call("GET", f"projects/{self.project}/webhooks/shop").get("disabled", False)


if __name__ == "__main__":
    main()
