"""A hookd that stops and starts again under an open page."""

from support.console_test_case import ConsoleTestCase, main
from support.programs import sample


class RestartTest(ConsoleTestCase):
    def test_says_that_hookd_does_not_respond_and_goes_on(self):
        self.add_webhook(displayName="Shop")
        self.open("deliveries")
        self.browser.check("Live")
        self.hookd.emit(self.project, sample("bounced"))
        self.browser.row("bounced")

        self.hookd.stop()
        self.browser.wait_for_text("does not answer")
        self.hookd.start()
        self.browser.wait_for_no_text("does not answer")
        # The live tail goes on by itself.
        self.hookd.call("PATCH", f"projects/{self.project}/webhooks/shop", {"eventTypes": ["EVENT_TYPE_SENT"]})
        self.hookd.emit(self.project, sample("sent"))
        self.browser.row("sent")

    def test_shows_a_screen_that_was_opened_meanwhile(self):
        self.add_webhook(displayName="Shop")
        self.open("webhooks")
        self.browser.row("Shop")
        self.hookd.stop()
        self.browser.click("link", "Events")
        self.browser.wait_for_text("does not answer")
        self.hookd.start()
        self.browser.wait_for_text("No events yet")


if __name__ == "__main__":
    main()
