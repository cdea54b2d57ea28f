// Which deliveries and outcomes to read, and pages of them.
#ifndef HOOKD_STORE_DELIVERY_QUERY_H_
#define HOOKD_STORE_DELIVERY_QUERY_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "store/records.h"

namespace hookd {

// HTTP statuses, both inclusive: one of them, or a class such as 500 to 599.
struct StatusRange {
  int first = 0;
  int last = 0;
  bool operator==(const StatusRange&) const = default;
};

// Whether a list of values of a condition, in which an empty one stands for all, has the value.
template <typename T>
bool HasOrIsEmpty(const std::vector<T>& values, const T& value) {
  return values.empty() || std::find(values.begin(), values.end(), value) != values.end();
}

// Conditions on deliveries. A delivery matches if it satisfies all of them; an empty list is satisfied by
// every value.
struct DeliveryFilter {
  std::vector<std::string> webhook_ids;  // every webhook that has or had one of the ids
  std::vector<int64_t> event_keys;
  std::vector<int> event_types;
  std::vector<DeliveryState> states;
  std::vector<StatusRange> status_codes;  // of the last attempt
  std::vector<ErrorClass> error_classes;  // likewise
  std::optional<int64_t> min_key;         // inclusive
  std::optional<int64_t> max_key;         // inclusive

  bool Matches(const Delivery& delivery) const {
    const auto has_status = [&](const StatusRange& range) {
      return range.first <= delivery.response_status && delivery.response_status <= range.last;
    };
    return HasOrIsEmpty(webhook_ids, delivery.webhook_id) && HasOrIsEmpty(event_keys, delivery.event_key) &&
           HasOrIsEmpty(event_types, delivery.event_type) && HasOrIsEmpty(states, delivery.state) &&
           (status_codes.empty() || std::any_of(status_codes.begin(), status_codes.end(), has_status)) &&
           HasOrIsEmpty(error_classes, delivery.error_class) && (!min_key || *min_key <= delivery.key) &&
           (!max_key || delivery.key <= *max_key);
  }
};

// Which deliveries to list: those of a project that match the filter, newest (greatest key) first.
struct DeliveryQuery {
  std::string project;
  DeliveryFilter filter;
  std::vector<ContentKey> content;  // of the event; as in EventQuery (store/event_query.h)
  int limit = 0;                    // at most so many, at least 1
  int max_examined =
      limits::kMaxDeliveriesExamined;  // examines at most so many, matching or not; at least `limit`
};

// Deliveries, newest first.
struct DeliveryPage {
  std::vector<Delivery> deliveries;
  // Set if `max_examined` ended the page before it was full: deliveries with lower keys were not examined.
  std::optional<int64_t> examined_to;

  // For a page that is merged from pages of several webhooks, states or times: keeps the newest deliveries,
  // as far as all of these pages were examined.
  void SortAndTrim(int limit) {
    std::sort(deliveries.begin(), deliveries.end(),
              [](const Delivery& a, const Delivery& b) { return a.key > b.key; });
    if (examined_to.has_value()) {
      std::erase_if(deliveries, [this](const Delivery& delivery) { return delivery.key < *examined_to; });
    }
    if (deliveries.size() < static_cast<size_t>(limit)) return;
    deliveries.resize(static_cast<size_t>(limit));
    examined_to.reset();
  }
};

// Which outcomes to read: those of a project whose deliveries, as of the outcome, match the filter, oldest
// first.
struct OutcomeQuery {
  std::string project;
  DeliveryFilter filter;
  int64_t after_key = 0;  // of the outcome: above this
  int limit = 0;          // examines at most so many outcomes, matching or not; at least 1
};

// Whether a delivery of that project satisfies the query's conditions, except for after_key and limit.
inline bool Matches(const OutcomeQuery& query, const std::string& project, const Delivery& delivery) {
  return query.project == project && query.filter.Matches(delivery);
}

struct OutcomePage {
  std::vector<RecordedOutcome> outcomes;
  int64_t last_key = 0;  // of the last outcome examined; `after_key` if there was none
  bool more = false;     // `limit` ended the page before the last outcome
};

}  // namespace hookd

#endif  // HOOKD_STORE_DELIVERY_QUERY_H_
