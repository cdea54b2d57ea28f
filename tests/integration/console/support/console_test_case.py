"""The base of the console's tests: a hookd, a receiver and a browser for each class; a project for each test.

A test program is called with the build folder: guide_test.py BUILD_DIR [unittest's arguments].
"""

import re
import sys
import unittest

from .browser import DESKTOP, Browser
from .programs import Hookd, Receiver

BUILD = None


class ConsoleTestCase(unittest.TestCase):
    FLAGS = ()  # further flags of hookd

    @classmethod
    def setUpClass(cls):
        cls.hookd = Hookd(BUILD, *cls.FLAGS)
        cls.addClassCleanup(cls.hookd.close)
        cls.receiver = Receiver()
        cls.addClassCleanup(cls.receiver.close)
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        # A project and a path of the receiver that no other test has.
        self.project = re.sub("[^a-z0-9]+", "-", self._testMethodName.removeprefix("test_").lower())[:50].strip("-")
        self.path = f"/{self.project}"
        self.browser.resize(*DESKTOP)
        self.browser.problems()

    def tearDown(self):
        self.assertEqual(self.browser.problems(), [])

    def open(self, route="", query=""):
        """Opens a screen of the test's project, such as `webhooks`."""
        self.browser.open(f"{self.hookd.url}/#/projects/{self.project}/{route}{query}")

    def add_webhook(self, webhook_id="shop", **fields):
        """Adds a webhook to the test's project, which the receiver gets the events of."""
        return self.hookd.add_webhook(self.project, webhook_id, self.receiver.url(self.path), **fields)


def main():
    global BUILD
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} BUILD_DIR [unittest's arguments]")
    BUILD = sys.argv.pop(1)
    unittest.main(module="__main__", verbosity=2)
