// The events that the benchmark emits: a documented sample whose message_id is "b-" and the event's number,
// as gRPC and HTTP send it.
//
// Thread-safe after construction.
#ifndef HOOKD_TESTS_BENCH_DRIVE_EVENT_SOURCE_H_
#define HOOKD_TESTS_BENCH_DRIVE_EVENT_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/numbers.h"
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
      request.set_document(absl::StrCat(prefix_, number, suffix_));
      return;
    }
    v1::Event& event = *request.mutable_event();
    event = event_;
    const std::string id = absl::StrCat("b-", number);
    if (event.has_bounced()) {
      event.mutable_bounced()->set_message_id(id);
    } else {
      event.mutable_sent()->set_message_id(id);
    }
  }

  // Appends the event as the body of a request over HTTP.
  void AppendJson(int64_t number, std::string& out) const { absl::StrAppend(&out, prefix_, number, suffix_); }
  // What precedes and follows the events of a batch, which have commas between them.
  absl::string_view before_batch() const { return is_document_ ? "[" : "{\"requests\":["; }
  absl::string_view after_batch() const { return is_document_ ? "]" : "]}"; }

 private:
  EventSource() = default;

  bool is_document_ = false;
  v1::Event event_;
  // The JSON around the number: of the document, or of the EmitEventRequest with the message.
  std::string prefix_;
  std::string suffix_;
};

}  // namespace hookd::bench

#endif  // HOOKD_TESTS_BENCH_DRIVE_EVENT_SOURCE_H_
