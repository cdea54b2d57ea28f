// The bytes of a connection, in plaintext or over TLS, on a non-blocking socket.
//
// No call blocks: a call that cannot proceed says what it waits for. OpenSSL works on the socket itself,
// because the buffers of Boost.Asio's TLS stream cost 34 KiB for each idle connection.
//
// Not thread-safe. Does not own the socket. Requires: SIGPIPE is blocked in the thread.
#ifndef HOOKD_WEB_CONNECTION_BYTE_STREAM_H_
#define HOOKD_WEB_CONNECTION_BYTE_STREAM_H_

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace hookd {

class ByteStream {
 public:
  enum class Result { kOk, kWaitToRead, kWaitToWrite, kEnd, kError };

  // Serves TLS if `tls` is not null; keeps a reference to it.
  ByteStream(int socket, SSL_CTX* tls);

  bool has_tls() const { return ssl_ != nullptr; }

  // Continues the TLS handshake.
  Result Handshake();
  // The names of the caller's verified certificate (Caller::Identities); empty without one.
  std::vector<std::string> Identities() const;

  // Reads up to `size` bytes; `count` is how many.
  Result Read(char* bytes, size_t size, size_t& count);
  // Whether there may be input that does not make the socket readable.
  bool HasBuffered() const { return ssl_ != nullptr && SSL_pending(ssl_.get()) > 0; }
  // Returns kOk if there is input, without taking it, kEnd at its end, or kWaitToRead.
  Result Peek();
  // Reads and discards what has arrived on the socket.
  Result Discard();

  // Writes a prefix of the parts' concatenation; `count` is how much. After kWaitToRead or kWaitToWrite, the
  // next call must begin with the same bytes.
  Result Write(absl::Span<const absl::string_view> parts, size_t& count);
  // Tells the caller that no more follows.
  void ShutdownWrite();

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  Result ToResult(int returned);
  Result WritePlain(absl::Span<const absl::string_view> parts, size_t& count) const;

  const int socket_;
  const std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace hookd

#endif  // HOOKD_WEB_CONNECTION_BYTE_STREAM_H_
