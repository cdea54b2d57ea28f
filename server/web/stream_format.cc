#include "web/stream_format.h"

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "google/protobuf/timestamp.pb.h"
#include "web/error_response.h"
#include "web/json/json_writer.h"
#include "web/json/query_parameters.h"

namespace hookd {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The field of a response with the time from which a stream can be resumed, and that of the request.
constexpr char kTimeOfResponse[] = "outcome_time";
constexpr char kTimeOfRequest[] = "start_time";
// The field of both with a place, in a stream that can be resumed exactly.
constexpr char kCursor[] = "cursor";
// What a response without more than that is: a heartbeat.
constexpr char kItemOfCursor[] = "event";

// The value of a text field; empty if the message has no such field.
std::string TextOf(const Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  return field == nullptr ? "" : message.GetReflection()->GetString(message, field);
}

bool HasField(const Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  return field != nullptr && message.GetReflection()->HasField(message, field);
}

class JsonLines : public StreamFormat {
 public:
  absl::string_view media_type() const override { return MediaType(Representation::kJsonLines); }
  std::string Part(const Message& response) const override {
    std::string part = R"({"result":)";
    WriteJson(response, part);
    return part + "}\n";
  }
  std::string ErrorPart(const absl::Status& error) const override {
    return absl::StrCat(R"({"error":)", ErrorJson(error), "}\n");
  }
};

class ServerSentEvents : public StreamFormat {
 public:
  absl::string_view media_type() const override { return MediaType(Representation::kEventStream); }
  std::string Part(const Message& response) const override {
    // A heartbeat is a comment, which browsers skip.
    if (response.ByteSizeLong() == 0) return ": heartbeat\n\n";
    std::string part;
    const std::string cursor = TextOf(response, kCursor);
    if (!cursor.empty() && !HasField(response, kItemOfCursor)) {
      return absl::StrCat(": heartbeat\nid: ", cursor, "\n\n");
    }
    if (!cursor.empty()) absl::StrAppend(&part, "id: ", cursor, "\n");
    const FieldDescriptor* time = response.GetDescriptor()->FindFieldByName(kTimeOfResponse);
    if (time != nullptr && response.GetReflection()->HasField(response, time)) {
      std::string id;
      WriteJson(response.GetReflection()->GetMessage(response, time), id);
      absl::StrAppend(&part, "id: ", absl::string_view(id).substr(1, id.size() - 2), "\n");
    }
    part += "data: ";
    WriteJson(response, part);
    return part + "\n\n";
  }
  std::string ErrorPart(const absl::Status& error) const override {
    return absl::StrCat("event: error\ndata: ", ErrorJson(error), "\n\n");
  }
};

}  // namespace

std::unique_ptr<const StreamFormat> StreamFormat::Of(Representation representation) {
  if (representation == Representation::kEventStream) return std::make_unique<ServerSentEvents>();
  return std::make_unique<JsonLines>();
}

absl::Status ResumeFrom(absl::string_view last_event_id, Message& request) {
  if (last_event_id.empty()) return absl::OkStatus();
  const FieldDescriptor* cursor = request.GetDescriptor()->FindFieldByName(kCursor);
  if (cursor != nullptr) {
    request.GetReflection()->SetString(&request, cursor, std::string(last_event_id));
    // The place replaces where the stream began first.
    request.GetReflection()->ClearField(&request, request.GetDescriptor()->FindFieldByName(kTimeOfRequest));
    return absl::OkStatus();
  }
  if (request.GetDescriptor()->FindFieldByName(kTimeOfRequest) == nullptr) {
    return FieldError("Last-Event-ID", "cannot be used here: this stream cannot be resumed");
  }
  if (!SetFieldFromText(kTimeOfRequest, last_event_id, request).ok()) {
    return FieldError("Last-Event-ID", "must be the id of an event of this stream");
  }
  return absl::OkStatus();
}

}  // namespace hookd
