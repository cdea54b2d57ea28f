// Sends events one after another through EventService.StreamEvents, and hands back what came of each.
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

// What came of one event: `response` if `status` is OK, else why it was refused (see FieldViolations and
// RetryDelay).
struct EventResult {
  int64_t sequence_number = 0;
  grpc::Status status;
  hookd::v1::EmitEventResponse response;
};

// One call of StreamEvents. Send and Finish are for one thread; the results come on a thread of the stream's
// own, one at a time and in the order of sending. The client outlives the stream.
class EventStream {
 public:
  // What hookd lets be unanswered before it reads no further.
  static constexpr int kMaxUnanswered = 256;

  // `on_result` must not call the stream. `context` can bring a deadline, which bounds the whole stream;
  // without one it has none.
  EventStream(const Client& client, std::string parent, std::function<void(const EventResult&)> on_result,
              int max_unanswered = kMaxUnanswered,
              std::unique_ptr<grpc::ClientContext> context = std::make_unique<grpc::ClientContext>());

  // Cancels the call, if it was not finished.
  ~EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  // Waits while as many events as allowed are unanswered, or the connection takes no more. False if the
  // stream has ended; Finish says why.
  bool Send(int64_t sequence_number, const hookd::v1::Event& event, const std::string& request_id = "");

  // Waits until every event that was sent is answered, or the stream has broken: then each event that had no
  // result may be accepted or not. Call it once.
  grpc::Status Finish();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace hookd::client

#endif  // HOOKD_EVENT_STREAM_H_
