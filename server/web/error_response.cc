#include "web/error_response.h"

#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "api/status.h"
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

std::string PathInDocuments(absl::string_view path) {
  if (path == "requests" || path == "document") return "body";
  // "requests[3].document", of which the index stays.
  absl::string_view within = path;
  if (absl::ConsumePrefix(&within, "requests[")) {
    const size_t end = within.find("].document");
    if (end == within.npos) return std::string(path);
    return absl::StrCat("[", within.substr(0, end + 1), within.substr(end + strlen("].document")));
  }
  // A key that is no name is in brackets: document["odd key"].
  if (absl::ConsumePrefix(&within, "document.")) return std::string(within);
  if (absl::StartsWith(path, "document[")) return std::string(path.substr(strlen("document")));
  return std::string(path);
}

WebResponse ErrorResponse(HttpError error) {
  WebResponse response{
      .status = error.http_status, .headers = std::move(error.headers), .body = ErrorJson(error.error)};
  response.headers.emplace_back("Content-Type", MediaType(Representation::kJson));
  return response;
}

}  // namespace hookd
