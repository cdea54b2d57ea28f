// Sends events through EventService.StreamEvents, and reports the result of each.
//
//   hookd::client::EventStream stream(client, "projects/shop", [](const hookd::client::EventResult& result) {
//     if (!result.status.ok()) std::cerr << hookd::client::Describe(result.status) << "\n";
//   });
//   for (int64_t number = 1; more && stream.Send(number, event); ++number) ...
//   grpc::Status status = stream.Finish();
#ifndef HOOKD_EVENT_STREAM_H_
#define HOOKD_EVENT_STREAM_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "hookd/client.h"

namespace hookd::client {

// The result of one event: `response` if `status` is OK; otherwise `status` says why it was refused (see
// FieldViolations and RetryDelay).
struct EventResult {
  int64_t sequence_number = 0;
  grpc::Status status;
  hookd::v1::EmitEventResponse response;
};

// One call of StreamEvents. Call Send and Finish from one thread. The results arrive on a thread that the
// stream owns, one at a time and in the order of sending. The client must outlive the stream.
class EventStream {
 public:
  // The number of unanswered events after which hookd stops reading.
  static constexpr int kMaxUnanswered = 256;

  // `on_result` must not call the stream. `context` can have a deadline, which limits the whole stream; by
  // default there is none.
  EventStream(const Client& client, std::string parent, std::function<void(const EventResult&)> on_result,
              int max_unanswered = kMaxUnanswered,
              std::unique_ptr<grpc::ClientContext> context = std::make_unique<grpc::ClientContext>());

  // Cancels the call if it has not finished.
  ~EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  // Blocks while the maximum number of events is unanswered or the connection's flow control stops it.
  // Returns false if the stream has ended; Finish says why.
  bool Send(int64_t sequence_number, const hookd::v1::Event& event, const std::string& request_id = "");

  // The same for an event as its documented JSON, such as `{"type": "sent", "user": {"id": 123}}`.
  bool SendDocument(int64_t sequence_number, const std::string& document, const std::string& request_id = "");

  // Blocks until every event is answered or the stream has broken. In the latter case each event without a
  // result may or may not have been accepted. Call it once.
  grpc::Status Finish();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace hookd::client

#endif  // HOOKD_EVENT_STREAM_H_
