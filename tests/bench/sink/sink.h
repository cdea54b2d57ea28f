// A lean HTTP receiver for measuring: one thread, epoll, HTTP/1.1 on 127.0.0.1, every request answered with
// an empty 200, as cheaply as can be. What is sent to /hung is never answered, to /slow a second later.
//
// Trusts its peers: requests have a Content-Length, come one at a time on a connection, and are under 64 KiB.
// Thread-safe; ends with its object.
#ifndef HOOKD_TESTS_BENCH_SINK_SINK_H_
#define HOOKD_TESTS_BENCH_SINK_SINK_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>

#include "absl/strings/string_view.h"

namespace hookd::bench {

// Nanoseconds of the monotonic clock, which all processes share.
int64_t NowNanoseconds();

class Sink {
 public:
  // Called on the sink's thread with the body of every request that is answered at once; may be empty.
  using OnRequest = std::function<void(absl::string_view body)>;

  // On a free port, unless one is given. Ends the process if it cannot listen.
  explicit Sink(OnRequest on_request, int port = 0);
  ~Sink();
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  int port() const { return port_; }
  int64_t requests() const { return requests_; }

 private:
  struct Late {
    int64_t due;
    int connection;
  };

  void Run();
  void Accept();
  void Read(int connection);
  // Takes one request out of what came; false if it is not all there.
  bool Take(int connection, std::string& bytes);
  static void Answer(int connection);
  void AnswerLate();

  const OnRequest on_request_;
  int port_ = 0;
  int listener_ = -1;
  int epoll_ = -1;
  int stop_ = -1;
  std::unordered_map<int, std::string> partial_;  // what came of a request, by connection
  std::deque<Late> late_;
  std::atomic<int64_t> requests_ = 0;
  std::thread thread_;
};

}  // namespace hookd::bench

#endif  // HOOKD_TESTS_BENCH_SINK_SINK_H_
