// How a connection writes responses.
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "web/connection/compression.h"
#include "web/connection/http_connection.h"
#include "web/connection/response_head.h"

namespace hookd {

void HttpConnection::HandleCommand(const std::shared_ptr<HttpExchange>& exchange) {
  if (state_ == State::kClosed) return exchange->ReportGone();
  if (state_ == State::kWriting) {
    command_waits_ = true;  // the end of a stream
    return;
  }
  HttpExchange::Command command = exchange->Take();
  if (state_ != State::kHandling || current_.lock() != exchange) return;  // of an earlier request
  switch (command.kind) {
    case HttpExchange::Command::Kind::kNone:
      if (command.end) SendPart("", std::move(command), exchange);
      return;
    case HttpExchange::Command::Kind::kResponse:
      return SendResponse(std::move(command.response), exchange);
    case HttpExchange::Command::Kind::kStream:
      return BeginStream(std::move(command), exchange);
    case HttpExchange::Command::Kind::kPart:
      return SendPart("", std::move(command), exchange);
  }
}

void HttpConnection::SendResponse(WebResponse response, std::shared_ptr<HttpExchange> exchange) {
  if (response.gzip) Compress(response);
  std::string head;
  const ResponseFrame frame = {
      .framing = BodyFraming::kLength, .http11 = http11_, .keep_alive = keep_alive_ && !shared_->stopping};
  AppendResponseHead(response, frame, thread_->Date(), head);
  if (head_only_ || HasNoBody(response.status)) response.body = std::string();
  Send(std::move(head), std::move(response.body), "", std::move(exchange));
}

void HttpConnection::BeginStream(HttpExchange::Command command, std::shared_ptr<HttpExchange> exchange) {
  if (!http11_) keep_alive_ = false;
  std::string head;
  const ResponseFrame frame = {.framing = http11_ ? BodyFraming::kChunks : BodyFraming::kClose,
                               .http11 = http11_,
                               .keep_alive = keep_alive_ && !shared_->stopping};
  AppendResponseHead(command.response, frame, thread_->Date(), head);
  if (head_only_) {
    exchange->ReportGone();  // the caller wants no part
    return Send(std::move(head), "", "", std::move(exchange));
  }
  streaming_ = true;
  SendPart(std::move(head), std::move(command), std::move(exchange));
}

void HttpConnection::SendPart(std::string head, HttpExchange::Command command,
                              std::shared_ptr<HttpExchange> exchange) {
  if (!streaming_) return;  // a stream that has no parts
  std::string& part = command.response.body;
  ends_stream_ = command.end;
  complete_ = command.complete;
  absl::string_view tail;
  if (http11_) {
    // An empty chunk would end the body.
    if (!part.empty()) absl::StrAppend(&head, absl::Hex(part.size()), "\r\n");
    const absl::string_view with_last = part.empty() ? "0\r\n\r\n" : "\r\n0\r\n\r\n";
    const absl::string_view without_last = part.empty() ? "" : "\r\n";
    tail = ends_stream_ && complete_ ? with_last : without_last;
  }
  Send(std::move(head), std::move(part), tail, std::move(exchange));
}

void HttpConnection::Send(std::string head, std::string body, absl::string_view tail,
                          std::shared_ptr<HttpExchange> exchange) {
  output_.head = std::move(head);
  output_.body = std::move(body);
  output_.tail = tail;
  output_.sent = 0;
  writing_ = std::move(exchange);
  state_ = State::kWriting;
  Flush();
}

void HttpConnection::Flush() {
  while (true) {
    std::array<absl::string_view, 3> parts = {output_.head, output_.body, output_.tail};
    size_t skip = output_.sent;
    size_t left = 0;
    for (absl::string_view& part : parts) {
      const size_t gone = std::min(skip, part.size());
      part.remove_prefix(gone);
      skip -= gone;
      left += part.size();
    }
    if (left == 0) return OnSent();
    size_t count = 0;
    const ByteStream::Result result = stream_->Write(parts, count);
    output_.sent += count;
    if (result == ByteStream::Result::kOk) continue;
    if (result == ByteStream::Result::kWaitToWrite) {
      WaitToWrite();
    } else if (result == ByteStream::Result::kWaitToRead) {
      write_needs_input_ = true;
      WaitToRead();
    } else {
      return Close();
    }
    if (!std::exchange(write_timer_, true) && !BeginWaitToSend()) Close();
    return;
  }
}

bool HttpConnection::BeginWaitToSend() {
  if (!output_charge_.Set(output_.head.size() + output_.body.size())) return false;
  began_ = shared_->clock->Steady();
  output_.sent_at_once = output_.sent;
  thread_->SetTimeout(*this, IoThread::Timeout::kWrite, shared_->limits.write_timeout);
  return true;
}

void HttpConnection::OnSent() {
  if (std::exchange(write_timer_, false)) thread_->SetTimeout(*this, IoThread::Timeout::kNone, {});
  output_ = Output();
  output_charge_.Set(0);
  const std::shared_ptr<HttpExchange> exchange = std::move(writing_);
  if (!streaming_) return FinishResponse();
  if (ends_stream_) return complete_ ? FinishResponse() : Abort();
  state_ = State::kHandling;
  if (std::exchange(command_waits_, false)) {
    thread_->Submit({IoThread::Message::Kind::kCommand, shared_from_this(), exchange});
  }
  exchange->ReportWritten();
}

void HttpConnection::FinishResponse() {
  streaming_ = false;
  ends_stream_ = false;
  command_waits_ = false;
  head_only_ = false;
  current_.reset();
  shared_->connections.SetIdle(this);
  if (keep_alive_ && !shared_->stopping) {
    state_ = State::kHead;
    head_timer_ = false;
    skipped_blank_ = false;
    return thread_->SetTimeout(*this, IoThread::Timeout::kIdle, shared_->limits.idle_timeout);
  }
  state_ = State::kLingering;
  pending_ = std::string();
  pending_charge_.Set(0);
  stream_->ShutdownWrite();
  thread_->SetTimeout(*this, IoThread::Timeout::kLinger, shared_->limits.linger);
  WaitToRead();
}

void HttpConnection::Refuse(int status, absl::string_view reason) {
  ++shared_->rejected;
  WebResponse response = RefusalResponse(status, reason);
  thread_->SetTimeout(*this, IoThread::Timeout::kNone, {});
  parser_.reset();
  incoming_.reset();
  keep_alive_ = false;
  SendResponse(std::move(response), nullptr);
}

void HttpConnection::Linger() {
  if (stream_->Discard() == ByteStream::Result::kWaitToRead) return WaitToRead();
  Close();
}

void HttpConnection::Abort() {
  if (!http11_) {
    // A caller of HTTP/1.0 takes the end of the connection for the end of the body, but not a reset.
    const linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  }
  Close();
}

}  // namespace hookd
