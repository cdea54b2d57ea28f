#include "web/error_response.h"

#include <utility>

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

WebResponse ErrorResponse(HttpError error) {
  WebResponse response{
      .status = error.http_status, .headers = std::move(error.headers), .body = ErrorJson(error.error)};
  response.headers.emplace_back("Content-Type", MediaType(Representation::kJson));
  return response;
}

}  // namespace hookd
