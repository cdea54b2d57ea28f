#include "web/connection/http_listener.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/log.h"

namespace hookd {
namespace {

constexpr int kConnectionsAtOnce = 16;  // accepted before other events are handled

}  // namespace

HttpListener::HttpListener(Listening listening, boost::asio::io_context& context, Clock* clock, Accept accept)
    : clock_(clock), accept_(std::move(accept)), listening_(std::move(listening)), pause_(context) {
  for (const int socket : listening_.sockets) {
    descriptors_.push_back(std::make_unique<Descriptor>(context, socket));
  }
}

HttpListener::~HttpListener() { Stop(); }

void HttpListener::Start() {
  for (const auto& descriptor : descriptors_) Wait(*descriptor);
}

void HttpListener::Stop() {
  for (const auto& descriptor : descriptors_) {
    if (descriptor->is_open()) descriptor->release();  // StopListening closes the socket
  }
  pause_.cancel();
  StopListening(listening_);
}

void HttpListener::Wait(Descriptor& listener) {
  listener.async_wait(Descriptor::wait_read, [this, &listener](const boost::system::error_code& error) {
    if (!error && listener.is_open()) AcceptAll(listener);
  });
}

void HttpListener::AcceptAll(Descriptor& listener) {
  for (int i = 0; i < kConnectionsAtOnce; ++i) {
    sockaddr_storage peer{};
    socklen_t size = sizeof(peer);
    const int socket = accept4(listener.native_handle(), reinterpret_cast<sockaddr*>(&peer), &size,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= 0) {
      accept_(socket, peer);
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != ECONNABORTED && errno != EINTR) {
      // EMFILE, ENFILE, ENOBUFS, ENOMEM, or another error that a pause may outlast.
      return Pause(listener, errno);
    }
  }
  Wait(listener);
}

void HttpListener::Pause(Descriptor& listener, int error) {
  if (const auto left_out = lines_.Take(clock_->Steady())) {
    LogWarning("HTTP connection not accepted", {{"error", strerror(error)}, {"left_out", *left_out}});
  }
  paused_.push_back(&listener);
  if (paused_.size() > 1) return;  // the timer runs
  pause_.expires_after(absl::ToChronoNanoseconds(tuning::kAcceptPause));
  pause_.async_wait([this](const boost::system::error_code& stopped) {
    if (stopped) return;
    for (Descriptor* const resumed : std::exchange(paused_, {})) Wait(*resumed);
  });
}

}  // namespace hookd
