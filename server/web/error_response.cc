#include "web/error_response.h"

#include <utility>

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
  // "document...", or "requests[3].document..." of which the index stays.
  absl::string_view index = path;
  const bool is_list = absl::ConsumePrefix(&index, "requests");
  constexpr absl::string_view kDocument = "document";
  const size_t found = path.find(kDocument);
  if (found == path.npos) return is_list && index.empty() ? "body" : std::string(path);
  absl::string_view within = path.substr(found + kDocument.size());
  index = is_list ? index.substr(0, index.find('.')) : "";
  if (index.empty()) absl::ConsumePrefix(&within, ".");
  const std::string renamed = absl::StrCat(index, within);
  return renamed.empty() ? "body" : renamed;
}

WebResponse ErrorResponse(HttpError error) {
  WebResponse response{
      .status = error.http_status, .headers = std::move(error.headers), .body = ErrorJson(error.error)};
  response.headers.emplace_back("Content-Type", MediaType(Representation::kJson));
  return response;
}

}  // namespace hookd
