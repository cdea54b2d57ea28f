#include "web/error_response.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "api/status.h"
#include "google/rpc/error_details.pb.h"
#include "web/json/json_writer.h"
#include "web/routes/negotiation.h"

namespace hookd {

std::string ErrorJson(const absl::Status& error) {
  google::rpc::Status proto;
  ToProto(error, proto);
  std::string json;
  WriteJson(proto, json);
  return json;
}

absl::Status InWordsOfDocuments(const absl::Status& error) {
  constexpr absl::string_view kDocument = "document.";
  google::rpc::Status proto;
  ToProto(error, proto);
  for (const google::protobuf::Any& detail : proto.details()) {
    google::rpc::BadRequest violations;
    if (!detail.UnpackTo(&violations)) continue;
    std::string message(error.message());
    for (auto& violation : *violations.mutable_field_violations()) {
      const std::string path = violation.field();
      const size_t found = path.find(kDocument.data(), 0, kDocument.size());
      if (found == path.npos) continue;
      // Empty, or "requests[3].", of which the index stays.
      absl::string_view before = absl::string_view(path).substr(0, found);
      absl::ConsumePrefix(&before, "requests");
      violation.set_field(absl::StrCat(before, path.substr(found + kDocument.size())));
      absl::StrReplaceAll({{path + ": ", violation.field() + ": "}}, &message);
    }
    absl::Status renamed(error.code(), message);
    AddDetail(renamed, violations);
    return renamed;
  }
  return error;
}

WebResponse ErrorResponse(HttpError error) {
  WebResponse response{
      .status = error.http_status, .headers = std::move(error.headers), .body = ErrorJson(error.error)};
  response.headers.emplace_back("Content-Type", MediaType(Representation::kJson));
  return response;
}

}  // namespace hookd
