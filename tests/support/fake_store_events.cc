// The part of FakeStore that lists events.
#include <algorithm>
#include <utility>

#include "tests/support/fake_store.h"

namespace hookd {

bool FakeStore::IsSentTo(const Event& event, const std::vector<std::string>& webhook_ids) {
  if (webhook_ids.empty()) return true;
  for (int64_t key = event.key + 1; key <= event.key + event.webhook_count; ++key) {
    const std::string& id = deliveries_[key].delivery.webhook_id;
    if (std::find(webhook_ids.begin(), webhook_ids.end(), id) != webhook_ids.end()) return true;
  }
  return false;
}

void FakeStore::ListEvents(EventQuery query, Done<absl::StatusOr<EventPage>> done) {
  const auto list = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> absl::StatusOr<EventPage> {
    if (!read_error_.ok()) return read_error_;
    const std::vector<int>& types = query.event_types;
    EventPage page;
    size_t bytes = 0;
    int looked_at = 0;
    for (auto it = events_.rbegin(); it != events_.rend(); ++it) {
      const Event& event = it->second.event;
      if (it->second.project != query.project || (query.min_key && event.key < *query.min_key) ||
          (query.max_key && event.key > *query.max_key)) {
        continue;
      }
      if ((types.empty() || std::find(types.begin(), types.end(), event.type) != types.end()) &&
          search::HasContent(read_content_, event.event, query.content) &&
          IsSentTo(event, query.webhook_ids)) {
        page.events.push_back(event);
        bytes += event.event.size();
        if (page.events.size() == static_cast<size_t>(query.limit)) break;
      }
      if (++looked_at == std::min(query.max_examined, look_at_) || bytes >= query.max_bytes) {
        page.examined_to = event.key;
        break;
      }
    }
    return page;
  };
  mutex_.Lock();
  auto page = list();
  mutex_.Unlock();
  done(std::move(page));
}

}  // namespace hookd
