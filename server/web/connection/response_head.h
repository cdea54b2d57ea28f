// Writes the heads of responses. The functions are thread-safe; DateText is not.
#ifndef HOOKD_WEB_CONNECTION_RESPONSE_HEAD_H_
#define HOOKD_WEB_CONNECTION_RESPONSE_HEAD_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "web/web_request.h"

namespace hookd {

// The value of the Date header, formatted once per second.
class DateText {
 public:
  absl::string_view At(absl::Time now);

 private:
  int64_t second_ = -1;
  std::string text_;
};

// How a caller finds the end of a body.
enum class BodyFraming { kLength, kChunks, kClose };

struct ResponseFrame {
  BodyFraming framing = BodyFraming::kLength;
  bool http11 = true;
  bool keep_alive = true;
};

// Appends the status line and the headers of `response`, with those that the frame requires. Control
// characters in the response's headers become blanks, so that no header can end the head.
void AppendResponseHead(const WebResponse& response, const ResponseFrame& frame, absl::string_view date,
                        std::string& out);

// Whether responses with this status have no body and no Content-Length.
inline bool HasNoBody(int status) { return status < 200 || status == 204 || status == 304; }

// Returns a google.rpc.Status as JSON for a request that the server refuses by itself.
WebResponse RefusalResponse(int status, absl::string_view reason);

}  // namespace hookd

#endif  // HOOKD_WEB_CONNECTION_RESPONSE_HEAD_H_
