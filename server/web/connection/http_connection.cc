#include "web/connection/http_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <utility>

#include "base/peer_address.h"

namespace hookd {

using boost::asio::socket_base;

HttpConnection::HttpConnection(std::shared_ptr<IoThread> thread, std::shared_ptr<HttpShared> shared,
                               int socket, const sockaddr_storage& peer)
    : shared_(std::move(shared)),
      thread_(std::move(thread)),
      socket_(thread_->context().get_executor()),
      descriptor_(socket),
      family_(peer.ss_family),
      peer_(PeerText(peer)),
      pending_charge_(&shared_->bytes, [this] { return MakeRoom(); }),
      output_charge_(&shared_->responses,
                     [this] { return thread_->CloseFirst(IoThread::Timeout::kWrite, this); }) {}

HttpConnection::~HttpConnection() {
  if (!started_) close(descriptor_);
}

void HttpConnection::Start() {
  if (state_ == State::kClosed) return;  // evicted in the meantime
  started_ = true;
  self_ = shared_from_this();
  thread_->Add(*this);
  boost::system::error_code error;
  socket_.assign(boost::asio::generic::stream_protocol(family_, 0), descriptor_, error);
  if (error) {
    close(descriptor_);
    return Close();
  }
  if (shared_->stopping) return Close();
  if (family_ != AF_UNIX) {
    const int on = 1;
    setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  const std::shared_ptr<SSL_CTX> tls = shared_->tls == nullptr ? nullptr : shared_->tls->current();
  stream_.emplace(descriptor_, tls.get());
  state_ = tls == nullptr ? State::kHead : State::kHandshake;
  thread_->SetTimeout(*this, IoThread::Timeout::kHead, shared_->limits.head_timeout);
  WaitToRead();
}

bool HttpConnection::MakeRoom() { return thread_->CloseFirst(IoThread::Timeout::kBody, this); }

void HttpConnection::WaitToRead() {
  if (std::exchange(waits_to_read_, true)) return;
  socket_.async_wait(socket_base::wait_read, [self = shared_from_this()](boost::system::error_code) {
    self->waits_to_read_ = false;
    self->OnReadable();
  });
}

void HttpConnection::WaitToWrite() {
  if (std::exchange(waits_to_write_, true)) return;
  socket_.async_wait(socket_base::wait_write, [self = shared_from_this()](boost::system::error_code) {
    self->waits_to_write_ = false;
    self->OnWritable();
  });
}

void HttpConnection::OnReadable() {
  switch (state_) {
    case State::kHandshake:
      return Handshake();
    case State::kHead:
    case State::kBody:
      return Receive();
    case State::kHandling:
      return Watch();
    case State::kWriting:
      if (!std::exchange(write_needs_input_, false)) return Watch();
      Flush();
      return Resume();
    case State::kLingering:
      return Linger();
    case State::kClosed:
      return;
  }
}

void HttpConnection::OnWritable() {
  switch (state_) {
    case State::kHandshake:
      return Handshake();
    case State::kHead:
    case State::kBody:
      return Receive();  // TLS
    case State::kWriting:
      Flush();
      return Resume();
    default:
      return;
  }
}

void HttpConnection::Resume() {
  if (state_ == State::kHead && !pending_.empty()) Consume("");
  WaitForInput();
}

void HttpConnection::WaitForInput() {
  const bool receives = state_ == State::kHead || state_ == State::kBody;
  if (std::exchange(yielded_, false) && state_ == State::kHead) {
    thread_->Post([self = shared_from_this()] {
      if (self->state_ == State::kHead) self->Resume();
    });
  } else if (receives && stream_->HasBuffered()) {
    thread_->Post([self = shared_from_this()] {
      if (self->state_ == State::kHead || self->state_ == State::kBody) self->Receive();
    });
  } else if (receives || state_ == State::kHandling) {
    WaitToRead();
  }
}

void HttpConnection::OnCommand(const std::shared_ptr<HttpExchange>& exchange) {
  HandleCommand(exchange);
  Resume();
}

void HttpConnection::OnAbandoned() {
  if (state_ != State::kHandling || !current_.expired()) return;
  if (streaming_) return Close();
  Refuse(500, "the server gave no response");
}

void HttpConnection::Evict() {
  thread_->Submit({IoThread::Message::Kind::kEvicted, shared_from_this(), nullptr});
}

void HttpConnection::OnDeadline(absl::Time now) {
  const auto self = shared_from_this();
  switch (state_) {
    case State::kHead:
      if (!head_timer_) return CloseIfIdle();
      ++shared_->timed_out;
      return pending_.empty() ? Close() : Refuse(408, "the head of the request did not arrive in time");
    case State::kBody: {
      const auto arrived = static_cast<int64_t>(incoming_->request().body.size());
      const absl::Duration allowed =
          shared_->limits.body_timeout + absl::Seconds(arrived / shared_->limits.bytes_per_second);
      const absl::Duration left = began_ + allowed - now;
      if (left > absl::ZeroDuration()) return thread_->SetTimeout(*this, IoThread::Timeout::kBody, left);
      ++shared_->timed_out;
      return Refuse(408, "the body of the request did not arrive in time");
    }
    case State::kWriting: {
      // What was sent at once is in the kernel, and the caller need not have read any of it.
      const auto sent = static_cast<int64_t>(output_.sent - output_.sent_at_once);
      const absl::Duration allowed =
          shared_->limits.write_timeout + absl::Seconds(sent / shared_->limits.bytes_per_second);
      const absl::Duration left = began_ + allowed - now;
      if (left > absl::ZeroDuration()) return thread_->SetTimeout(*this, IoThread::Timeout::kWrite, left);
      ++shared_->timed_out;
      return Close();
    }
    case State::kHandshake:
      ++shared_->timed_out;
      return Close();
    case State::kHandling:
    case State::kLingering:
    case State::kClosed:
      return Close();
  }
}

void HttpConnection::Close() {
  if (state_ == State::kClosed) return;
  const auto self = std::move(self_);  // the last reference, maybe
  state_ = State::kClosed;
  thread_->Remove(*this);
  shared_->connections.Remove(this);
  stream_.reset();
  boost::system::error_code ignored;
  socket_.close(ignored);
  pending_ = std::string();
  pending_charge_.Set(0);
  parser_.reset();
  incoming_.reset();
  output_ = Output();
  output_charge_.Set(0);
  auto exchange = current_.lock();
  if (exchange == nullptr) exchange = std::move(writing_);
  writing_.reset();
  if (exchange != nullptr) exchange->ReportGone();
}

void HttpConnection::CloseIfIdle() {
  if (state_ != State::kHandshake && (state_ != State::kHead || !pending_.empty())) return;
  if (stream_->has_tls()) stream_->ShutdownWrite();
  Close();
}

}  // namespace hookd
