#include "tests/support/receiver_connection.h"

#include <errno.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace hookd {
namespace {

using End = ReceiverAnswer::End;

constexpr size_t kReadBytes = size_t{64} * 1024;

}  // namespace

ReceiverConnection::ReceiverConnection(int socket, int number, SSL_CTX* tls, Receive receive)
    : socket_(socket),
      number_(number),
      receive_(std::move(receive)),
      ssl_(tls == nullptr ? nullptr : SSL_new(tls), &SSL_free),
      handshake_done_(tls == nullptr) {
  if (ssl_ != nullptr) SSL_set_fd(ssl_.get(), socket_);
}

ReceiverConnection::~ReceiverConnection() { close(socket_); }

bool ReceiverConnection::Advance() {
  wants_write_ = false;
  if (!handshake_done_) {
    const Progress handshake = Handshake();
    if (handshake != Progress::kDone) return handshake == Progress::kWaits;
  }
  const bool open = ReadAll();
  // What the peer sent before it went has arrived all the same.
  while (answer_.has_value() || BeginAnswer()) {
    const Progress progress = PlayAnswer();
    if (progress == Progress::kOver) return false;
    if (progress == Progress::kWaits) break;
  }
  return open;
}

ReceiverConnection::Progress ReceiverConnection::Handshake() {
  ERR_clear_error();
  const int result = SSL_accept(ssl_.get());
  if (result == 1) {
    handshake_done_ = true;
    return Progress::kDone;
  }
  const int error = SSL_get_error(ssl_.get(), result);
  wants_write_ = error == SSL_ERROR_WANT_WRITE;
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? Progress::kWaits : Progress::kOver;
}

bool ReceiverConnection::ReadAll() {
  char buffer[kReadBytes];
  while (true) {
    if (ssl_ == nullptr) {
      const ssize_t n = recv(socket_, buffer, sizeof(buffer), 0);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return n < 0 && errno == EAGAIN;
      input_.append(buffer, static_cast<size_t>(n));
    } else {
      ERR_clear_error();
      const int n = SSL_read(ssl_.get(), buffer, sizeof(buffer));
      if (n <= 0) return SSL_get_error(ssl_.get(), n) == SSL_ERROR_WANT_READ;
      input_.append(buffer, static_cast<size_t>(n));
    }
  }
}

bool ReceiverConnection::BeginAnswer() {
  bool understood = true;
  if (!request_.has_value()) {
    const size_t end = input_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    understood = ParseHead(input_.substr(0, end));
    input_.erase(0, end + 4);
  }
  if (understood && input_.size() < body_bytes_) return false;

  HttpReceiver::Behaviour behaviour;
  if (understood) {
    request_->body = input_.substr(0, body_bytes_);
    input_.erase(0, body_bytes_);
    const bool last = absl::EqualsIgnoreCase(request_->header("Connection"), "close");
    request_->resumed = ssl_ != nullptr && SSL_session_reused(ssl_.get()) == 1;
    behaviour = receive_(*std::exchange(request_, std::nullopt));
    behaviour.close_after |= last;
  } else {
    behaviour.status = 400;
    behaviour.close_after = true;
  }
  answer_ = MakeAnswer(behaviour);
  begun_ = false;
  body_position_ = 0;
  wake_time_.reset();
  if (answer_->delay > absl::ZeroDuration())
    wake_time_ = Clock::now() + absl::ToChronoNanoseconds(answer_->delay);
  return true;
}

bool ReceiverConnection::ParseHead(const std::string& head) {
  const std::vector<std::string> lines = absl::StrSplit(head, "\r\n");
  const std::vector<std::string> start = absl::StrSplit(lines[0], ' ');
  if (start.size() != 3 || start[2] != "HTTP/1.1") return false;
  ReceivedRequest request;
  request.method = start[0];
  request.path = start[1];
  request.connection = number_;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> header =
        absl::StrSplit(lines[i], absl::MaxSplits(':', 1));
    if (header.first.size() == lines[i].size()) return false;
    request.headers.emplace_back(header.first, absl::StripAsciiWhitespace(header.second));
  }
  const std::string length = request.header("Content-Length");
  body_bytes_ = 0;
  if (!length.empty() && !absl::SimpleAtoi(length, &body_bytes_)) return false;
  if (!request.header("Transfer-Encoding").empty()) return false;
  request_ = std::move(request);
  return true;
}

ReceiverConnection::Progress ReceiverConnection::PlayAnswer() {
  if (answer_->end == End::kHang) return Progress::kWaits;
  while (true) {
    if (wake_time_.has_value()) {
      if (Clock::now() < *wake_time_) return Progress::kWaits;
      wake_time_.reset();
    }
    if (output_.empty()) {
      const std::string& body = answer_->body;
      const bool drips = answer_->drip > absl::ZeroDuration();
      if (!begun_) {
        begun_ = true;
        output_ = answer_->head;
        if (!drips && !answer_->endless) {
          output_ += body;
          body_position_ = body.size();
        }
      } else if (body_position_ < body.size()) {
        output_ = drips ? body.substr(body_position_, 1) : body;
        body_position_ += output_.size();
        if (answer_->endless && body_position_ == body.size()) body_position_ = 0;
      } else {
        break;
      }
    }
    const bool of_body = begun_ && answer_->endless;
    const Progress flushed = Flush();
    if (flushed != Progress::kDone) return flushed;
    if (answer_->drip > absl::ZeroDuration() && body_position_ < answer_->body.size()) {
      wake_time_ = Clock::now() + absl::ToChronoNanoseconds(answer_->drip);
    } else if (of_body) {
      // The peer may take it as fast as it comes; the other connections have their turn.
      wants_write_ = true;
      return Progress::kWaits;
    }
  }
  const End end = answer_->end;
  answer_.reset();
  if (end == End::kKeep) return Progress::kDone;
  EndWith(end);
  return Progress::kOver;
}

ReceiverConnection::Progress ReceiverConnection::Flush() {
  while (written_ < output_.size()) {
    const char* const bytes = output_.data() + written_;
    const size_t size = output_.size() - written_;
    if (ssl_ == nullptr) {
      const ssize_t n = send(socket_, bytes, size, MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      wants_write_ = n < 0 && errno == EAGAIN;
      if (n < 0) return wants_write_ ? Progress::kWaits : Progress::kOver;
      written_ += static_cast<size_t>(n);
    } else {
      ERR_clear_error();
      size_t n = 0;
      const int result = SSL_write_ex(ssl_.get(), bytes, size, &n);
      wants_write_ = result != 1 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_WRITE;
      if (result != 1) return wants_write_ ? Progress::kWaits : Progress::kOver;
      written_ += n;
    }
  }
  output_.clear();
  written_ = 0;
  return Progress::kDone;
}

void ReceiverConnection::EndWith(End end) {
  if (end == End::kReset) {
    const linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  } else if (ssl_ != nullptr) {
    SSL_shutdown(ssl_.get());
  }
}

}  // namespace hookd
