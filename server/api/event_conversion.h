// What the calls that emit events share: an event of a request made ready for the Acceptor, and its answer.
//
// Thread-safe; no state.
#ifndef HOOKD_API_EVENT_CONVERSION_H_
#define HOOKD_API_EVENT_CONVERSION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "api/field_violations.h"
#include "delivery/acceptor.h"
#include "hookd/v1/event_service.pb.h"
#include "store/store.h"

namespace hookd {

// The event of a request, checked and written, with its caller's trace; it stands at `path`, and is null if
// the request has none. Only good if there were no violations.
Acceptor::ValidEvent ReadEvent(const v1::Event* event, absl::string_view path,
                               std::shared_ptr<const TraceContext> trace, FieldViolations& violations);

// The request id of a request that emits these events; nothing if it is empty. EmitEvent and StreamEvents are
// one method in this, so that an event can be sent again by either.
std::optional<RequestId> RequestIdOf(const std::string& request_id, absl::string_view method,
                                     const std::vector<Acceptor::ValidEvent>& events);

// Sets every field of the answer.
void ToProto(const std::string& project, const AcceptedEvent& event, v1::EmitEventResponse& proto);

}  // namespace hookd

#endif  // HOOKD_API_EVENT_CONVERSION_H_
