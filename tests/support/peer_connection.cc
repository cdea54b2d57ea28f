#include "tests/support/peer_connection.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace hookd {
namespace {

using Do = PeerStep::Do;

constexpr size_t kReadBytes = size_t{64} * 1024;
// A flood is written in pieces of at least this.
constexpr size_t kFloodBytes = size_t{32} * 1024;
// No step takes in more than this.
constexpr size_t kMaxInputBytes = size_t{4} << 20;
constexpr int kTlsMessagesAtOnce = 64;
// Steps before the other connections get their turn.
constexpr int kStepsAtOnce = 64;

// What the head says of the body's length; 0 if it says nothing.
size_t ContentLength(const std::string& head) {
  const std::string lower = absl::AsciiStrToLower(head);
  const size_t found = lower.find("\r\ncontent-length:");
  if (found == std::string::npos) return 0;
  const size_t begin = found + 17;
  size_t length = 0;
  return absl::SimpleAtoi(lower.substr(begin, lower.find("\r\n", begin) - begin), &length) ? length : 0;
}

}  // namespace

PeerConnection::PeerConnection(int socket, const PeerScript& script, SSL_CTX* tls, bool http2,
                               std::function<void()> on_request)
    : socket_(socket),
      script_(script),
      on_request_(std::move(on_request)),
      tls_(tls == nullptr ? nullptr : std::make_unique<PeerTls>(tls)),
      http2_(http2 ? std::make_unique<http2::Http2Reader>() : nullptr) {}

PeerConnection::~PeerConnection() { close(socket_); }

bool PeerConnection::Advance(bool hung_up) {
  wants_read_ = wants_write_ = false;
  for (int i = 0; i < kStepsAtOnce; ++i) {
    Progress progress = Flush();
    if (progress == Progress::kNext) {
      progress = at_ == script_.size() ? Progress::kOver : Play(script_[at_]);
      if (progress == Progress::kNext) {
        ++at_;
        continue;
      }
    }
    if (progress == Progress::kAgain) continue;
    if (progress == Progress::kOver) return false;
    // What waits for the client to read does not wait for a time too.
    if (wake_time_.has_value() && *wake_time_ <= Clock::now()) wake_time_.reset();
    // A client that has gone is noticed by those that read; the others are told.
    return wants_read_ || !hung_up;
  }
  wants_write_ = true;
  return true;
}

PeerConnection::Progress PeerConnection::Play(const PeerStep& step) {
  switch (step.action) {
    case Do::kReadHead:
      in_body_ = false;  // the body of the request before is not waited for
      return ReadHead();
    case Do::kReadRequest:
      return in_body_ ? ReadBody() : ReadHead();
    case Do::kSend:
      Write(step.bytes(stream_));
      return Progress::kNext;
    case Do::kSendEndlessly:
    case Do::kUpdateKeysEndlessly:
    case Do::kSendSessionTicketsEndlessly:
      return SendEndlessly(step);
    case Do::kDrip:
      return Drip(step);
    case Do::kPause:
      return Pause(step);
    case Do::kSilence:
      return Silence();
    case Do::kStopReading:
      return Progress::kWaits;
    case Do::kClose:
      if (encrypted_) tls_->Shutdown();
      if (encrypted_) output_ += tls_->TakeOutput();
      Flush();
      return Progress::kOver;
    case Do::kReset: {
      const linger now = {.l_onoff = 1, .l_linger = 0};
      setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
      return Progress::kOver;
    }
    case Do::kShutdownWrite:
      shutdown(socket_, SHUT_WR);
      return Progress::kNext;
    case Do::kRepeat:
      at_ = script_[0].action == Do::kHandshake ? 1 : 0;
      return Progress::kAgain;
    case Do::kHandshake:
    case Do::kSendPartOfFlight:
    case Do::kSendFlight:
      return PlayTls(step.action);
  }
  return Progress::kOver;
}

PeerConnection::Progress PeerConnection::ReadHead() {
  if (http2_ != nullptr) {
    std::string acknowledged;
    http2_->Read(input_, acknowledged);
    Write(acknowledged);
    const uint32_t stream = http2_->is_http2() ? http2_->NextStream() : 0;
    if (stream != 0) {
      stream_ = stream;
      in_body_ = true;
      on_request_();
    }
  }
  if (!in_body_ && (http2_ == nullptr || !http2_->is_http2())) {
    const size_t end = input_.find("\r\n\r\n");
    if (end != std::string::npos) {
      body_bytes_ = ContentLength(input_.substr(0, end + 2));
      input_.erase(0, end + 4);
      in_body_ = true;
      on_request_();
    }
  }
  if (!in_body_) return ReadMore();
  if (script_[at_].action == Do::kReadRequest) return ReadBody();
  return Progress::kNext;
}

PeerConnection::Progress PeerConnection::ReadBody() {
  if (http2_ != nullptr && http2_->is_http2()) {
    std::string acknowledged;
    http2_->Read(input_, acknowledged);
    Write(acknowledged);
    if (!http2_->HasEnded(stream_)) return ReadMore();
  } else {
    if (input_.size() < body_bytes_) return ReadMore();
    input_.erase(0, body_bytes_);
  }
  in_body_ = false;
  return Progress::kNext;
}

PeerConnection::Progress PeerConnection::SendEndlessly(const PeerStep& step) {
  const Progress read = ReadMore();
  if (read == Progress::kOver) return read;
  input_.clear();
  if (step.action == Do::kSendEndlessly) {
    if (step_bytes_.empty()) {
      const std::string bytes = step.bytes(stream_);
      while (step_bytes_.size() < kFloodBytes) step_bytes_ += bytes;
    }
    Write(step_bytes_);
  } else {
    for (int i = 0; i < kTlsMessagesAtOnce; ++i) {
      step.action == Do::kUpdateKeysEndlessly ? tls_->UpdateKeys() : tls_->SendSessionTicket();
    }
    Write("");
  }
  const Progress flushed = Flush();
  if (flushed == Progress::kOver) return flushed;
  // The client may take it as fast as it comes; the other connections have their turn.
  wants_read_ = wants_write_ = true;
  return Progress::kWaits;
}

PeerConnection::Progress PeerConnection::Drip(const PeerStep& step) {
  if (wake_time_.has_value()) {
    if (Clock::now() < *wake_time_) return Progress::kWaits;
    wake_time_.reset();
  }
  if (step_bytes_.empty()) step_bytes_ = step.bytes(stream_);
  if (dripped_ == step_bytes_.size()) {
    step_bytes_.clear();
    dripped_ = 0;
    return Progress::kNext;
  }
  Write(step_bytes_.substr(dripped_++, 1));
  wake_time_ = Clock::now() + absl::ToChronoNanoseconds(step.pause);
  return Progress::kAgain;
}

PeerConnection::Progress PeerConnection::Pause(const PeerStep& step) {
  if (!wake_time_.has_value()) wake_time_ = Clock::now() + absl::ToChronoNanoseconds(step.pause);
  if (Clock::now() < *wake_time_) return Progress::kWaits;
  wake_time_.reset();
  return Progress::kNext;
}

PeerConnection::Progress PeerConnection::Silence() {
  const Progress read = ReadMore();
  input_.clear();
  return read;
}

PeerConnection::Progress PeerConnection::PlayTls(Do action) {
  const PeerTls::Progress progress = tls_->Handshake();
  std::string flight = tls_->TakeOutput();
  const bool answered = !flight.empty();
  if (answered && action == Do::kSendPartOfFlight) flight.resize(flight.size() / 2);
  output_ += flight;
  if (answered && action != Do::kHandshake) return Progress::kNext;
  if (progress == PeerTls::Progress::kWaits) {
    const Progress flushed = Flush();
    return flushed == Progress::kNext ? ReadMore() : flushed;
  }
  encrypted_ = progress == PeerTls::Progress::kDone;
  Flush();
  // The first request may have come with the end of the handshake.
  return encrypted_ && tls_->Read(input_) ? Progress::kNext : Progress::kOver;
}

PeerConnection::Progress PeerConnection::ReadMore() {
  if (input_.size() > kMaxInputBytes) return Progress::kOver;
  char buffer[kReadBytes];
  const ssize_t n = recv(socket_, buffer, sizeof(buffer), 0);
  wants_read_ = n < 0 && (errno == EAGAIN || errno == EINTR);
  if (n <= 0) return wants_read_ ? Progress::kWaits : Progress::kOver;
  const absl::string_view bytes(buffer, static_cast<size_t>(n));
  if (tls_ == nullptr) {
    input_.append(bytes.data(), bytes.size());
    return Progress::kAgain;
  }
  tls_->Feed(bytes);
  return !encrypted_ || tls_->Read(input_) ? Progress::kAgain : Progress::kOver;
}

PeerConnection::Progress PeerConnection::Flush() {
  while (written_ < output_.size()) {
    const ssize_t n = send(socket_, output_.data() + written_, output_.size() - written_, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    wants_write_ = n < 0 && errno == EAGAIN;
    if (n < 0) return wants_write_ ? Progress::kWaits : Progress::kOver;
    written_ += static_cast<size_t>(n);
  }
  output_.clear();
  written_ = 0;
  return Progress::kNext;
}

void PeerConnection::Write(absl::string_view bytes) {
  if (!encrypted_) {
    output_.append(bytes.data(), bytes.size());
    return;
  }
  tls_->Write(bytes);
  output_ += tls_->TakeOutput();
}

}  // namespace hookd
