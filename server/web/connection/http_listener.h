// Accepts the connections of HTTP callers. If the process has no descriptor for a connection, it pauses for
// tuning::kAcceptPause.
//
// Not thread-safe: after Start, it is used only on the thread of its io_context. Does not block.
#ifndef HOOKD_WEB_CONNECTION_HTTP_LISTENER_H_
#define HOOKD_WEB_CONNECTION_HTTP_LISTENER_H_

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/line_limiter.h"
#include "base/listening_address.h"
#include "base/tuning.h"

namespace hookd {

class HttpListener {
 public:
  // Takes a connected socket, which is non-blocking.
  using Accept = std::function<void(int socket, const sockaddr_storage& peer)>;

  // Takes ownership of the sockets. The clock and the context must outlive this.
  HttpListener(Listening listening, boost::asio::io_context& context, Clock* clock, Accept accept);
  ~HttpListener();
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;

  void Start();
  // Stops listening and removes the socket file.
  void Stop();

 private:
  using Descriptor = boost::asio::posix::stream_descriptor;

  void Wait(Descriptor& listener);
  void AcceptAll(Descriptor& listener);
  void Pause(Descriptor& listener, int error);

  Clock* const clock_;
  const Accept accept_;
  Listening listening_;
  std::vector<std::unique_ptr<Descriptor>> descriptors_;
  boost::asio::steady_timer pause_;
  std::vector<Descriptor*> paused_;
  LineLimiter lines_{tuning::kConnectionLinesPerSecond};
};

}  // namespace hookd

#endif  // HOOKD_WEB_CONNECTION_HTTP_LISTENER_H_
