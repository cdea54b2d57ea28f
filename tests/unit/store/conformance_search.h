// The fixture of the conformance suite's tests of searches. Not thread-safe.
#ifndef HOOKD_TESTS_UNIT_STORE_CONFORMANCE_SEARCH_H_
#define HOOKD_TESTS_UNIT_STORE_CONFORMANCE_SEARCH_H_

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/store/conformance.h"
#include "tests/unit/store/search/content_format.h"

namespace hookd {

class StoreSearchTest : public StoreConformanceTest {
 protected:
  int64_t Emit(const std::string& event, int type = 1, std::string project = "p",
               std::vector<int64_t> webhooks = {}) {
    clock_.Advance(absl::Milliseconds(1));
    const auto accepted =
        calls_->AcceptEvents(project, {{.type = type, .event = event, .webhooks = std::move(webhooks)}});
    EXPECT_TRUE(accepted.ok()) << accepted.status();
    return accepted.value().events.at(0).key;
  }

  static EventQuery Query(std::vector<std::string> content = {}, std::string project = "p") {
    EventQuery query;
    query.project = std::move(project);
    query.limit = 100;
    for (const std::string& line : content) query.content.push_back(TestKey(line));
    return query;
  }

  // The first `limit` events. A page that a slow machine ended early is continued.
  std::vector<int64_t> Find(EventQuery query) {
    std::vector<int64_t> keys;
    while (true) {
      const auto page = calls_->ListEvents(query);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return keys;
      for (const Event& event : page->events) keys.push_back(event.key);
      if (!page->examined_to.has_value()) return keys;
      query.max_key = *page->examined_to - 1;
      query.limit -= static_cast<int>(page->events.size());
    }
  }

  // Reads page after page, as a caller does.
  std::vector<int64_t> FindAll(EventQuery query, int* pages = nullptr) {
    std::vector<int64_t> keys;
    while (true) {
      const auto page = calls_->ListEvents(query);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return keys;
      if (pages != nullptr) ++*pages;
      for (const Event& event : page->events) keys.push_back(event.key);
      const bool full = page->events.size() == static_cast<size_t>(query.limit);
      if (!full && !page->examined_to.has_value()) return keys;
      query.max_key = (full ? keys.back() : *page->examined_to) - 1;
    }
  }

  // Does the indexer's work until there is none left.
  void IndexAll() {
    while (true) {
      const auto more = calls_->IndexEvents();
      ASSERT_TRUE(more.ok()) << more.status();
      if (!*more) return;
    }
  }

  // Calls `check` without an index, and with what is indexed.
  template <typename Check>
  void WithAndWithoutIndex(Check check) {
    {
      SCOPED_TRACE("without an index");
      check();
    }
    IndexAll();
    SCOPED_TRACE("with an index");
    check();
  }
};

}  // namespace hookd

#endif  // HOOKD_TESTS_UNIT_STORE_CONFORMANCE_SEARCH_H_
