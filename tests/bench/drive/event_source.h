// The events that the benchmark emits: a documented sample whose message_id is "b-" and the event's number,
// and whose user is one of its own, as in a campaign: so the search index has its full cost. As gRPC and HTTP
// send it.
//
// Thread-safe after construction.
#ifndef HOOKD_TESTS_BENCH_DRIVE_EVENT_SOURCE_H_
#define HOOKD_TESTS_BENCH_DRIVE_EVENT_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "hookd/v1/event.pb.h"

namespace hookd::bench {

// What precedes the number of an event in its documented JSON.
inline constexpr absl::string_view kBeforeNumber = "\"message_id\":\"b-";

class EventSource {
 public:
  // `body` is sent or bounced: the sample of that type as a message; or document: the sample of bounced as
  // its documented JSON. Returns null for any other.
  static std::unique_ptr<EventSource> Of(absl::string_view body);

  // Sets the event of an EmitEventRequest or a StreamEventsRequest.
  template <typename Request>
  void Fill(int64_t number, Request& request) const {
    if (is_document_) {
      AppendJson(number, *request.mutable_document());
      return;
    }
    v1::Event& event = *request.mutable_event();
    event = event_;
    if (event.has_bounced()) {
      FillMessage(number, *event.mutable_bounced());
    } else {
      FillMessage(number, *event.mutable_sent());
    }
  }

  // Appends the event as the body of a request over HTTP.
  void AppendJson(int64_t number, std::string& out) const {
    absl::string_view separator;
    const std::string text = absl::StrCat(number);
    for (const std::string& part : parts_) {
      absl::StrAppend(&out, separator, part);
      separator = text;
    }
  }
  // What precedes and follows the events of a batch, which have commas between them.
  absl::string_view before_batch() const { return is_document_ ? "[" : "{\"requests\":["; }
  absl::string_view after_batch() const { return is_document_ ? "]" : "]}"; }

 private:
  EventSource() = default;

  template <typename Message>
  static void FillMessage(int64_t number, Message& message) {
    message.set_message_id(absl::StrCat("b-", number));
    message.mutable_user()->mutable_id()->set_number(number);
    message.mutable_user()->set_email(absl::StrCat(number, "@example.com"));
  }

  bool is_document_ = false;
  v1::Event event_;
  // The JSON between the places of the number: of the document, or of the EmitEventRequest with the message.
  std::vector<std::string> parts_;
};

}  // namespace hookd::bench

#endif  // HOOKD_TESTS_BENCH_DRIVE_EVENT_SOURCE_H_
