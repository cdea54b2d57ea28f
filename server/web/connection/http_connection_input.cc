// How a connection reads requests.
#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "base/tuning.h"
#include "web/connection/http_connection.h"
#include "web/connection/http_head.h"

namespace hookd {
namespace {

// What is read at once while a head is expected: input of the next requests waits in the kernel.
constexpr size_t kHeadReadBytes = size_t{16} * 1024;
// The reads of a connection before others are served.
constexpr int kReadsAtOnce = 8;
// Likewise, the requests that have arrived together.
constexpr int kRequestsAtOnce = 16;
// Strings up to this size need no memory.
constexpr size_t kShortString = 15;

}  // namespace

void HttpConnection::Handshake() {
  switch (stream_->Handshake()) {
    case ByteStream::Result::kOk:
      identities_ = stream_->Identities();
      state_ = State::kHead;
      return Receive();
    case ByteStream::Result::kWaitToRead:
      return WaitToRead();
    case ByteStream::Result::kWaitToWrite:
      return WaitToWrite();
    default:
      return Close();
  }
}

void HttpConnection::Receive() {
  const absl::Span<char> scratch = thread_->scratch();
  for (int i = 0; i < kReadsAtOnce && (state_ == State::kHead || state_ == State::kBody); ++i) {
    const size_t size = state_ == State::kHead ? std::min(kHeadReadBytes, scratch.size()) : scratch.size();
    size_t count = 0;
    const ByteStream::Result result = stream_->Read(scratch.data(), size, count);
    if (result == ByteStream::Result::kWaitToRead) break;
    if (result == ByteStream::Result::kWaitToWrite) return WaitToWrite();
    if (result != ByteStream::Result::kOk) return Close();
    Consume(absl::string_view(scratch.data(), count));
    if (state_ == State::kClosed) return;
    if (count < size && !stream_->HasBuffered()) break;
  }
  WaitForInput();
}

void HttpConnection::Consume(absl::string_view received) {
  std::string buffer;
  absl::string_view input = received;
  if (!pending_.empty()) {
    buffer = std::exchange(pending_, std::string());
    buffer.append(received.data(), received.size());
    input = buffer;
  }
  int heads = 0;
  while (!input.empty()) {
    size_t used = 0;
    if (state_ == State::kHead) {
      yielded_ = heads++ == kRequestsAtOnce;
      if (yielded_) break;
      used = ConsumeHead(input);
    } else if (state_ == State::kBody) {
      used = ConsumeBody(input);
    }
    if (used == 0) break;
    input.remove_prefix(used);
  }
  Keep(input, buffer);
}

void HttpConnection::Keep(absl::string_view input, std::string& buffer) {
  const bool receives = state_ == State::kHead || state_ == State::kBody;
  if (!receives && !keep_alive_) input = "";  // no further request is read
  if (state_ == State::kClosed || input.empty()) {
    pending_charge_.Set(0);
    return;
  }
  if (input.size() == buffer.size()) {
    pending_ = std::move(buffer);
  } else {
    pending_ = std::string(input);
  }
  if (pending_charge_.Set(pending_.capacity() > kShortString ? pending_.capacity() : 0)) return;
  pending_ = std::string();
  if (receives) return Refuse(503, "too many requests are in memory");
  keep_alive_ = false;
}

size_t HttpConnection::ConsumeHead(absl::string_view input) {
  if (!skipped_blank_ && absl::StartsWith(input, "\r\n")) {  // RFC 9112, section 2.2
    skipped_blank_ = true;
    return 2;
  }
  const size_t limit = shared_->limits.head_bytes;
  const HeadEnd end = input == "\r" ? HeadEnd::kIncomplete : FindHeadEnd(input, scanned_);
  if (end == HeadEnd::kInvalid) {
    Refuse(400, "the head of the request is not valid");
    return 0;
  }
  if (end == HeadEnd::kFound && scanned_ <= limit) {
    const size_t size = std::exchange(scanned_, 0);
    return BeginRequest(input.substr(0, size), input.size() > size);
  }
  if (scanned_ > limit) {
    Refuse(431, "the head of the request is too large");
  } else if (!std::exchange(head_timer_, true)) {
    thread_->SetTimeout(*this, IoThread::Timeout::kHead, shared_->limits.head_timeout);
  }
  return 0;
}

size_t HttpConnection::BeginRequest(absl::string_view head, bool more) {
  const absl::Status status = CheckHead(head);
  if (!status.ok()) {
    Refuse(absl::IsResourceExhausted(status) ? 431 : 400, status.message());
    return 0;
  }
  incoming_ = std::make_shared<HttpExchange>(self_, shared_);
  parser_.emplace(shared_->limits, &incoming_->request(), &incoming_->charge());
  const RequestRefusal refusal = parser_->ParseHead(head);
  head_only_ = incoming_->request().method == "HEAD";
  if (refusal.status != 0) {
    Refuse(refusal.status, refusal.reason);
    return 0;
  }
  http11_ = parser_->http11();
  keep_alive_ = parser_->keep_alive();
  if (parser_->done()) {
    Dispatch();
  } else {
    BeginBody(more);
  }
  return head.size();
}

void HttpConnection::BeginBody(bool more) {
  state_ = State::kBody;
  began_ = shared_->clock->Steady();
  thread_->SetTimeout(*this, IoThread::Timeout::kBody, shared_->limits.body_timeout);
  const absl::string_view expected = incoming_->request().Header("Expect");
  if (expected.empty() || !http11_) return;
  if (!absl::EqualsIgnoreCase(expected, "100-continue")) {
    return Refuse(417, "the Expect header must be 100-continue");
  }
  if (more) return;  // the caller did not wait
  constexpr absl::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  size_t count = 0;
  // The socket has room, because the caller has read all previous responses, or it is too slow.
  if (stream_->Write({kContinue}, count) != ByteStream::Result::kOk || count < kContinue.size()) Close();
}

size_t HttpConnection::ConsumeBody(absl::string_view input) {
  RequestRefusal refusal;
  const size_t used = parser_->ParseBody(input, refusal);
  // A part of the body is used at once. The rest is the beginning of a chunk's head, or of trailers.
  if (refusal.status == 0 && !parser_->done() && input.size() - used > shared_->limits.head_bytes) {
    refusal = {400, "the body of the request is not valid"};
  }
  if (refusal.status != 0) {
    Refuse(refusal.status, refusal.reason);
    return 0;
  }
  if (parser_->done()) Dispatch();
  return used;
}

void HttpConnection::Dispatch() {
  // Only now: a caller that is slow to send a request takes no place from others, and can be evicted.
  if (!shared_->connections.BeginRequest(this)) return Close();
  if (!shared_->requests.TryAdd()) return Refuse(503, "too many requests are in flight");
  parser_.reset();
  state_ = State::kHandling;
  thread_->SetTimeout(*this, IoThread::Timeout::kNone, {});
  const std::shared_ptr<HttpExchange> exchange = std::move(incoming_);
  exchange->request().peer = peer_;
  exchange->request().identities = identities_;
  exchange->SetServed();
  current_ = exchange;
  ++shared_->served;
  if (exchange->request().body.size() > tuning::kLargeHttpBodyBytes) {
    boost::asio::post(*shared_->large_requests,
                      [handler = shared_->handler, exchange] { handler->Handle(exchange); });
    return;
  }
  dispatching_ = exchange.get();
  shared_->handler->Handle(exchange);
  dispatching_ = nullptr;
  HandleCommand(exchange);
}

void HttpConnection::Watch() {
  switch (stream_->Peek()) {
    case ByteStream::Result::kOk:
      // The next request waits in the kernel. Behind a stream it would hide that the caller is gone.
      return streaming_ ? Close() : void();
    case ByteStream::Result::kWaitToWrite:
      return;
    case ByteStream::Result::kWaitToRead:
      return WaitToRead();
    case ByteStream::Result::kEnd:
      // A caller of a unary method may send no more and still read its response.
      keep_alive_ = false;
      return streaming_ ? Close() : void();
    case ByteStream::Result::kError:
      return Close();
  }
}

}  // namespace hookd
