#include "web/error_response.h"

#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "api/status.h"
#include "web/json/json_writer.h"
#include "web/routes/negotiation.h"

namespace hookd {
namespace {

// What follows `document` in the path of a document or of what is in it: a field, as in `document.user`, or a
// key that is no name, as in `document["odd key"]`. None if the path leads elsewhere.
std::optional<absl::string_view> WithinDocument(absl::string_view path) {
  if (!absl::ConsumePrefix(&path, "document")) return std::nullopt;
  const bool is_name = path.empty() || path.front() == '.' || path.front() == '[';
  return is_name ? std::make_optional(path) : std::nullopt;
}

}  // namespace

std::string ErrorJson(const absl::Status& error) {
  google::rpc::Status proto;
  ToProto(error, proto);
  std::string json;
  WriteJson(proto, json);
  return json;
}

std::string PathInDocuments(absl::string_view path) {
  if (path == "requests") return "body";
  absl::string_view index, rest = path;
  if (absl::StartsWith(path, "requests[")) {
    const size_t dot = path.find('.');  // before any key, which is the caller's text
    if (dot == path.npos) return std::string(path);
    index = path.substr(strlen("requests"), dot - strlen("requests"));
    rest = path.substr(dot + 1);
  }
  const std::optional<absl::string_view> within = WithinDocument(rest);
  if (!within.has_value()) return std::string(path);
  if (!index.empty()) return absl::StrCat(index, *within);
  return within->empty() ? "body" : std::string(absl::StripPrefix(*within, "."));
}

WebResponse ErrorResponse(HttpError error) {
  WebResponse response{
      .status = error.http_status, .headers = std::move(error.headers), .body = ErrorJson(error.error)};
  response.headers.emplace_back("Content-Type", MediaType(Representation::kJson));
  return response;
}

}  // namespace hookd
