// How the parts of a stream are written: newline-delimited JSON or server-sent events. See web_stream.h.
//
// Thread-safe; no state.
#ifndef HOOKD_WEB_STREAM_FORMAT_H_
#define HOOKD_WEB_STREAM_FORMAT_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "web/routes/negotiation.h"

namespace hookd {

class StreamFormat {
 public:
  // Returns the format of a representation: lines of JSON unless it is kEventStream.
  static std::unique_ptr<const StreamFormat> Of(Representation representation);

  virtual ~StreamFormat() = default;

  virtual absl::string_view media_type() const = 0;
  // A response as a part of the stream.
  virtual std::string Part(const google::protobuf::Message& response) const = 0;
  // The error that ends the stream, as its last part.
  virtual std::string ErrorPart(const absl::Status& error) const = 0;
};

// Makes a request resume where the server-sent event with that id was: sets its `cursor`, which the
// method checks, or its `start_time`. An empty id
// changes nothing. INVALID_ARGUMENT if the method cannot be resumed, or hookd gave no event such an id.
absl::Status ResumeFrom(absl::string_view last_event_id, google::protobuf::Message& request);

}  // namespace hookd

#endif  // HOOKD_WEB_STREAM_FORMAT_H_
