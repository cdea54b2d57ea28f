// Responses of WatchEvents for tests of hookctl.
#ifndef TESTS_UNIT_CLIENT_WATCHED_EVENTS_H_
#define TESTS_UNIT_CLIENT_WATCHED_EVENTS_H_

#include <string>

#include "hookd/v1/event_service.pb.h"

namespace hookctl {

// An event with the document {"n":<number>} and the cursor `c<number>`.
inline hookd::v1::WatchEventsResponse AnEvent(int number) {
  hookd::v1::WatchEventsResponse response;
  hookd::v1::Event& event = *response.mutable_event();
  event.set_name("projects/shop/events/e" + std::to_string(number));
  event.mutable_emit_time()->set_seconds(1'790'000'000 + number);
  event.set_document("{\"n\":" + std::to_string(number) + "}");
  event.set_webhook_count(2);
  event.mutable_bounced()->mutable_user()->set_email("ann@example.com");
  response.set_cursor("c" + std::to_string(number));
  return response;
}

inline hookd::v1::WatchEventsResponse AHeartbeat(const std::string& cursor) {
  hookd::v1::WatchEventsResponse response;
  response.set_cursor(cursor);
  return response;
}

}  // namespace hookctl

#endif  // TESTS_UNIT_CLIENT_WATCHED_EVENTS_H_
