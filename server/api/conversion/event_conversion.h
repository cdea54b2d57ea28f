// Converts the events of requests for the Acceptor, and accepted events for responses.
//
// Thread-safe; no state.
#ifndef HOOKD_API_CONVERSION_EVENT_CONVERSION_H_
#define HOOKD_API_CONVERSION_EVENT_CONVERSION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "api/validation/field_violations.h"
#include "delivery/acceptor.h"
#include "hookd/v1/event_service.pb.h"
#include "store/store.h"

namespace hookd {

// Validates the event of a request and writes its JSON, with the caller's trace context. The request has
// either `event` or, as documented JSON, `document`; the other is null or empty. If it has neither or both,
// that is a violation. `path_prefix` precedes the names of these fields in their paths: it is empty, or such
// as `requests[3].`. The result may be used only if no violation was added.
Acceptor::ValidEvent ReadEvent(const v1::Event* event, const std::string& document,
                               absl::string_view path_prefix, std::shared_ptr<const TraceContext> trace,
                               FieldViolations& violations);

// The request id of a request that emits these events; nothing if it is empty. EmitEvent and StreamEvents
// pass the same `method`, so that an event can be sent again with either.
std::optional<RequestId> RequestIdOf(const std::string& request_id, absl::string_view method,
                                     const std::vector<Acceptor::ValidEvent>& events);

// A stored event. DATA_LOSS if its bytes are not an event.
absl::Status ToProto(const std::string& project, const Event& event, v1::EventView view, v1::Event& proto);

// Sets every field of the response.
void ToProto(const std::string& project, const AcceptedEvent& event, v1::EmitEventResponse& proto);

}  // namespace hookd

#endif  // HOOKD_API_CONVERSION_EVENT_CONVERSION_H_
