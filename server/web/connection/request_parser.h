// Parses requests with Boost.Beast into WebRequest. A parser is for one request.
//
// Not thread-safe. Does not own the request and the charge, which must outlive it.
#ifndef HOOKD_WEB_CONNECTION_REQUEST_PARSER_H_
#define HOOKD_WEB_CONNECTION_REQUEST_PARSER_H_

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "web/connection/byte_account.h"
#include "web/connection/http_limits.h"
#include "web/web_request.h"

namespace hookd {

// A request that is refused before the handler sees it.
struct RequestRefusal {
  int status = 0;            // of HTTP; 0: not refused
  absl::string_view reason;  // a constant sentence, or one that outlives the refusal
};

class RequestParser : private boost::beast::http::basic_parser<true> {
 public:
  RequestParser(const HttpLimits& limits, WebRequest* request, ByteAccount::Charge* charge);

  // Parses a whole head that CheckHead accepts.
  RequestRefusal ParseHead(absl::string_view head);
  // Parses input that follows the head, and returns how much of it. The rest must be given again, with more,
  // unless the request is refused or done. Requires: ParseHead accepted the head, and !done().
  size_t ParseBody(absl::string_view input, RequestRefusal& refusal);

  // Whether the request is complete. After ParseHead, whether it has no body.
  bool done() const { return is_done(); }
  // After ParseHead: whether the version is 1.1, and whether the caller wants to keep the connection.
  bool http11() const { return http11_; }
  bool keep_alive() const { return keep_alive_; }

 private:
  using ErrorCode = boost::beast::error_code;
  using Text = boost::beast::string_view;

  // boost::beast::http::basic_parser.
  void on_request_impl(boost::beast::http::verb, Text method, Text target, int version, ErrorCode&) override;
  void on_response_impl(int, Text, int, ErrorCode&) override {}
  void on_field_impl(boost::beast::http::field, Text name, Text value, ErrorCode&) override;
  void on_header_impl(ErrorCode&) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  size_t on_body_impl(Text part, ErrorCode& error) override;
  void on_chunk_header_impl(std::uint64_t, Text extensions, ErrorCode& error) override;
  size_t on_chunk_body_impl(std::uint64_t, Text part, ErrorCode& error) override;
  void on_finish_impl(ErrorCode&) override {}

  RequestRefusal ToRefusal(const ErrorCode& error) const;

  WebRequest* const request_;
  ByteAccount::Charge* const charge_;
  size_t trailer_bytes_left_;
  bool http11_ = false;
  bool keep_alive_ = false;
  bool head_done_ = false;
  bool no_memory_ = false;
};

}  // namespace hookd

#endif  // HOOKD_WEB_CONNECTION_REQUEST_PARSER_H_
