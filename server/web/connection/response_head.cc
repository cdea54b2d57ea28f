#include "web/connection/response_head.h"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/status.hpp>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace hookd {
namespace {

void AppendHeader(absl::string_view name, absl::string_view value, std::string& out) {
  const size_t begin = out.size();
  absl::StrAppend(&out, name, ": ", value);
  for (size_t i = begin; i < out.size(); ++i) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(out[i]))) out[i] = ' ';
  }
  out.append("\r\n");
}

absl::StatusCode CodeOf(int status) {
  switch (status) {
    case 408:
      return absl::StatusCode::kDeadlineExceeded;
    case 413:
    case 431:
      return absl::StatusCode::kResourceExhausted;
    case 500:
      return absl::StatusCode::kInternal;
    case 503:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kInvalidArgument;
  }
}

}  // namespace

absl::string_view DateText::At(absl::Time now) {
  const int64_t second = absl::ToUnixSeconds(now);
  if (second != second_) {
    second_ = second;
    text_ = absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", now, absl::UTCTimeZone());
  }
  return text_;
}

void AppendResponseHead(const WebResponse& response, const ResponseFrame& frame, absl::string_view date,
                        std::string& out) {
  // Without a text for a status that is not a standard's, such as 499.
  const auto known = boost::beast::http::int_to_status(static_cast<unsigned>(response.status));
  const auto reason = known == boost::beast::http::status::unknown
                          ? boost::beast::string_view()
                          : boost::beast::http::obsolete_reason(known);
  absl::StrAppend(&out, "HTTP/1.1 ", response.status, " ", absl::string_view(reason.data(), reason.size()),
                  "\r\nDate: ", date, "\r\n");
  for (const auto& [name, value] : response.headers) AppendHeader(name, value, out);
  if (!HasNoBody(response.status)) {
    if (frame.framing == BodyFraming::kLength) {
      absl::StrAppend(&out, "Content-Length: ", response.body.size(), "\r\n");
    } else if (frame.framing == BodyFraming::kChunks) {
      out.append("Transfer-Encoding: chunked\r\n");
    }
  }
  if (!frame.keep_alive) {
    out.append("Connection: close\r\n");
  } else if (!frame.http11) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
}

WebResponse RefusalResponse(int status, absl::string_view reason) {
  // The reasons are constants without quotes, backslashes and control characters.
  WebResponse response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Cache-Control", "no-store"}};
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  response.body =
      absl::StrCat(R"({"code":)", static_cast<int>(CodeOf(status)), R"(,"message":")", reason, "\"}");
  return response;
}

}  // namespace hookd
