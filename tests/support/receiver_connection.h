// One connection of HttpReceiver: reads requests and plays the answers, over TCP or TLS, without ever
// blocking.
//
// Not thread-safe: belongs to the receiver's thread. Owns its socket and its SSL.
#ifndef HOOKD_TESTS_SUPPORT_RECEIVER_CONNECTION_H_
#define HOOKD_TESTS_SUPPORT_RECEIVER_CONNECTION_H_

#include <openssl/ssl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/http_receiver.h"
#include "tests/support/receiver_answer.h"

namespace hookd {

class ReceiverConnection {
 public:
  using Clock = std::chrono::steady_clock;
  // Takes a request that is wholly read, and says what it gets.
  using Receive = std::function<HttpReceiver::Behaviour(ReceivedRequest)>;

  // `socket` is non-blocking. `tls` is null for plain HTTP, and otherwise outlives the connection.
  ReceiverConnection(int socket, int number, SSL_CTX* tls, Receive receive);
  ~ReceiverConnection();
  ReceiverConnection(const ReceiverConnection&) = delete;
  ReceiverConnection& operator=(const ReceiverConnection&) = delete;

  // Does what can be done now. False if the connection is over and is to be destroyed.
  bool Advance();

  // When to call Advance next: when there is something to read, and besides:
  bool wants_write() const { return wants_write_; }                          // when the socket takes bytes
  std::optional<Clock::time_point> wake_time() const { return wake_time_; }  // at this time

 private:
  enum class Progress { kDone, kWaits, kOver };

  Progress Handshake();
  // False once the peer has ended or reset the connection.
  bool ReadAll();
  // Takes the next request out of what was read, and its answer. False if it is not all there yet.
  bool BeginAnswer();
  // Reads the request line and the headers. False if they are not HTTP, or of a kind that is not understood
  // here.
  bool ParseHead(const std::string& head);
  Progress PlayAnswer();
  // Writes what is to be written.
  Progress Flush();
  void EndWith(ReceiverAnswer::End end);

  const int socket_;
  const int number_;
  const Receive receive_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  bool handshake_done_;

  std::string input_;                       // read and not yet taken
  std::optional<ReceivedRequest> request_;  // its head is read, its body not yet
  size_t body_bytes_ = 0;                   // of request_

  std::optional<ReceiverAnswer> answer_;  // being played
  bool begun_ = false;                    // its head was handed to output_
  size_t body_position_ = 0;              // of its body, likewise
  std::string output_;
  size_t written_ = 0;  // of output_

  bool wants_write_ = false;
  std::optional<Clock::time_point> wake_time_;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_RECEIVER_CONNECTION_H_
