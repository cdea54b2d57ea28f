// One connection of a caller: reads requests, gives them to the handler one at a time, and writes their
// responses.
//
//   kHandshake -> kHead -> [kBody] -> kHandling <-> kWriting -> kHead, or kLingering -> kClosed
//
// A request that the connection refuses itself goes from kHead or kBody to kWriting. Every state can go to
// kClosed. An idle connection has no buffers: it waits until its socket is readable.
//
// Used only by its thread, except the constructor, Evict and what is marked. Keeps itself alive until Close.
#ifndef HOOKD_WEB_CONNECTION_HTTP_CONNECTION_H_
#define HOOKD_WEB_CONNECTION_HTTP_CONNECTION_H_

#include <sys/socket.h>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "web/connection/byte_stream.h"
#include "web/connection/http_exchange.h"
#include "web/connection/http_shared.h"
#include "web/connection/io_thread.h"
#include "web/connection/request_parser.h"

namespace hookd {

class HttpConnection final : public std::enable_shared_from_this<HttpConnection>,
                             public IoThread::Member,
                             public ConnectionTable::Entry {
 public:
  // Takes ownership of the socket, which must be non-blocking.
  HttpConnection(std::shared_ptr<IoThread> thread, std::shared_ptr<HttpShared> shared, int socket,
                 const sockaddr_storage& peer);
  ~HttpConnection() override;

  // Begins to serve. The shared table must have admitted the connection, and may have evicted it since.
  void Start();

  // Any thread: where the connection's messages go, and whether this is the handler's call for the exchange,
  // after which the connection looks for a command by itself.
  IoThread& thread() const { return *thread_; }
  bool IsDispatching(const HttpExchange* exchange) const {
    return thread_->IsCurrent() && dispatching_ == exchange;
  }

  // Closes the connection of this thread that has been sending its body for the longest; returns whether
  // there is one besides this.
  bool MakeRoom();
  // The exchange has a command.
  void OnCommand(const std::shared_ptr<HttpExchange>& exchange);
  // An exchange was destroyed without a response, or without the end of its stream.
  void OnAbandoned();

  // ConnectionTable::Entry.
  void Evict() override;
  // IoThread::Member. May destroy the connection.
  void OnDeadline(absl::Time now) override;
  void Close() override;
  void CloseIfIdle() override;

 private:
  enum class State { kHandshake, kHead, kBody, kHandling, kWriting, kLingering, kClosed };
  using Executor = boost::asio::io_context::executor_type;
  using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Executor>;

  // What remains to be written.
  struct Output {
    std::string head;
    std::string body;
    absl::string_view tail;  // a constant
    size_t sent = 0;
    size_t sent_at_once = 0;  // of it, before the connection had to wait
  };

  // Waiting (http_connection.cc).
  void WaitToRead();
  void WaitToWrite();
  void OnReadable();
  void OnWritable();
  // Waits for what the state needs, after input or output was handled.
  void Resume();
  void WaitForInput();
  // Input (http_connection_input.cc).
  void Handshake();
  void Receive();
  void Consume(absl::string_view received);
  size_t ConsumeHead(absl::string_view input);
  size_t BeginRequest(absl::string_view head, bool more);
  size_t ConsumeBody(absl::string_view input);
  void BeginBody(bool more);
  void Keep(absl::string_view input, std::string& buffer);
  void Dispatch();
  // Detects whether the caller is gone while a request is in flight.
  void Watch();
  // Output (http_connection_output.cc).
  void HandleCommand(const std::shared_ptr<HttpExchange>& exchange);
  void SendResponse(WebResponse response, std::shared_ptr<HttpExchange> exchange);
  void BeginStream(HttpExchange::Command command, std::shared_ptr<HttpExchange> exchange);
  void SendPart(std::string head, HttpExchange::Command command, std::shared_ptr<HttpExchange> exchange);
  void Send(std::string head, std::string body, absl::string_view tail,
            std::shared_ptr<HttpExchange> exchange);
  void Flush();
  // Waits until the caller has read more. Returns false if that would take too much memory.
  bool BeginWaitToSend();
  void OnSent();
  void FinishResponse();
  // Answers the request by itself and ends the connection.
  void Refuse(int status, absl::string_view reason);
  void Linger();
  void Abort();

  const std::shared_ptr<HttpShared> shared_;
  const std::shared_ptr<IoThread> thread_;
  Socket socket_;
  const int descriptor_;
  const int family_;
  const std::string peer_;
  std::vector<std::string> identities_;
  std::optional<ByteStream> stream_;
  std::shared_ptr<HttpConnection> self_;  // from Start to Close

  State state_ = State::kHandshake;
  bool started_ = false;
  bool yielded_ = false;  // pending_ has requests, and other connections are served first
  bool waits_to_read_ = false;
  bool waits_to_write_ = false;
  bool write_needs_input_ = false;  // TLS
  bool head_timer_ = true;          // a head must arrive in time; otherwise the connection is idle
  bool skipped_blank_ = false;      // an empty line before the request
  bool http11_ = true;
  bool keep_alive_ = true;
  bool head_only_ = false;  // HEAD
  bool streaming_ = false;
  bool ends_stream_ = false;  // with what is being written
  bool complete_ = false;
  bool command_waits_ = false;  // a command arrived in kWriting
  bool write_timer_ = false;

  std::string pending_;  // input that is not parsed yet
  ByteAccount::Charge pending_charge_;
  size_t scanned_ = 0;  // of pending_, by FindHeadEnd
  std::optional<RequestParser> parser_;
  absl::Time began_;                        // of the body, or of waiting for the caller to read
  std::shared_ptr<HttpExchange> incoming_;  // being received
  std::weak_ptr<HttpExchange> current_;     // the handler's
  HttpExchange* dispatching_ = nullptr;     // the handler is being called
  Output output_;
  ByteAccount::Charge output_charge_;
  std::shared_ptr<HttpExchange> writing_;  // whose output it is; null for refusals
};

}  // namespace hookd

#endif  // HOOKD_WEB_CONNECTION_HTTP_CONNECTION_H_
