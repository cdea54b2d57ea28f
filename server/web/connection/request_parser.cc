#include "web/connection/request_parser.h"

#include <algorithm>

namespace hookd {
namespace {

namespace http = boost::beast::http;

std::string ToString(boost::beast::string_view text) { return {text.data(), text.size()}; }

// Headers of a usual request.
constexpr size_t kUsualHeaders = 8;
// What a chunked body has at least until its end: 0 CRLF CRLF. With less, Beast 1.74 fails an assertion if
// the last chunk arrives byte by byte.
constexpr size_t kMinChunkedRest = 5;
// No client sends extensions of chunks.
constexpr size_t kMaxChunkExtensionBytes = 1024;

}  // namespace

RequestParser::RequestParser(const HttpLimits& limits, WebRequest* request, ByteAccount::Charge* charge)
    : request_(request), charge_(charge), trailer_bytes_left_(limits.head_bytes) {
  header_limit(static_cast<std::uint32_t>(limits.head_bytes));
  body_limit(limits.body_bytes);
}

RequestRefusal RequestParser::ParseHead(absl::string_view head) {
  ErrorCode error;
  const size_t parsed = put({head.data(), head.size()}, error);
  if (error) return ToRefusal(error);
  if (parsed != head.size() || !is_header_done()) return {400, "the head of the request is not valid"};
  keep_alive_ = basic_parser::keep_alive();
  eager(true);
  return {};
}

size_t RequestParser::ParseBody(absl::string_view input, RequestRefusal& refusal) {
  if (chunked() && input.size() < kMinChunkedRest) return 0;
  ErrorCode error;
  const size_t parsed = put({input.data(), input.size()}, error);
  if (error && error != http::error::need_more) refusal = ToRefusal(error);
  return parsed;
}

void RequestParser::on_request_impl(http::verb, Text method, Text target, int version, ErrorCode&) {
  http11_ = version == 11;
  request_->method = ToString(method);
  request_->target = ToString(target);
  request_->headers.reserve(kUsualHeaders);
}

void RequestParser::on_field_impl(http::field, Text name, Text value, ErrorCode& error) {
  if (head_done_) {  // trailers are discarded
    const size_t size = name.size() + value.size();
    if (size > trailer_bytes_left_) error = http::error::bad_field;
    trailer_bytes_left_ -= std::min(size, trailer_bytes_left_);
    return;
  }
  request_->headers.emplace_back(ToString(name), ToString(value));
}

void RequestParser::on_header_impl(ErrorCode&) { head_done_ = true; }

size_t RequestParser::on_body_impl(Text part, ErrorCode& error) {
  // The body grows as its bytes arrive, not by what the caller promises.
  std::string& body = request_->body;
  body.append(part.data(), part.size());
  no_memory_ = !charge_->Set(body.capacity());
  if (no_memory_) error = http::error::buffer_overflow;
  return part.size();
}

void RequestParser::on_chunk_header_impl(std::uint64_t, Text extensions, ErrorCode& error) {
  // Beast accepts line feeds in quoted values, which other parsers take for the end of the line.
  const bool valid = extensions.size() <= kMaxChunkExtensionBytes &&
                     std::all_of(extensions.begin(), extensions.end(), [](char c) {
                       return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f');
                     });
  if (!valid) error = http::error::bad_chunk_extension;
}

size_t RequestParser::on_chunk_body_impl(std::uint64_t, Text part, ErrorCode& error) {
  return on_body_impl(part, error);
}

RequestRefusal RequestParser::ToRefusal(const ErrorCode& error) const {
  if (no_memory_) return {503, "too many requests are in memory"};
  if (error == http::error::body_limit) return {413, "the body of the request is too large"};
  if (error == http::error::header_limit) return {431, "the head of the request is too large"};
  return {400, head_done_ ? "the body of the request is not valid" : "the head of the request is not valid"};
}

}  // namespace hookd
