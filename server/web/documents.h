// Events that are given as their documented JSON, as the whole body of a request.
//
// Thread-safe; no state.
#ifndef HOOKD_WEB_DOCUMENTS_H_
#define HOOKD_WEB_DOCUMENTS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace hookd {

// What the body of a request that emits an event is.
struct DocumentBody {
  enum class Kind {
    kRequest,   // the request message as JSON, or not JSON at all
    kDocument,  // an object with the key `type`, which no request message has: one documented event
    kList,      // an array: documented events
  };
  Kind kind = Kind::kRequest;
  // The text of each event, within the body. The elements of a list are not checked.
  std::vector<absl::string_view> documents;
  // For kList: INVALID_ARGUMENT if the brackets and commas of the list are not JSON, up to the last of them.
  absl::Status status;
};

// Finds the documented events in a body. Stops after `max_documents` + 1 of them.
DocumentBody FindDocuments(absl::string_view body, size_t max_documents);

}  // namespace hookd

#endif  // HOOKD_WEB_DOCUMENTS_H_
