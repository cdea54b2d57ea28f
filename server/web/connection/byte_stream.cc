#include "web/connection/byte_stream.h"

#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "web/connection/tls_contexts.h"

namespace hookd {
namespace {

constexpr size_t kMaxParts = 4;
// Parts that are smaller together are sent as one TLS record.
constexpr size_t kMaxRecordBytes = size_t{16} * 1024;

ByteStream::Result OfErrno(ByteStream::Result waiting) {
  const bool again = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return again ? waiting : ByteStream::Result::kError;
}

SSL* NewSsl(int socket, SSL_CTX* tls) {
  if (tls == nullptr) return nullptr;
  SSL* const ssl = SSL_new(tls);
  SSL_set_fd(ssl, socket);
  SSL_set_accept_state(ssl);
  return ssl;
}

}  // namespace

ByteStream::ByteStream(int socket, SSL_CTX* tls) : socket_(socket), ssl_(NewSsl(socket, tls)) {}

ByteStream::Result ByteStream::ToResult(int returned) {
  if (returned > 0) return Result::kOk;
  const int error = SSL_get_error(ssl_.get(), returned);
  ERR_clear_error();
  switch (error) {
    case SSL_ERROR_WANT_READ:
      return Result::kWaitToRead;
    case SSL_ERROR_WANT_WRITE:
      return Result::kWaitToWrite;
    case SSL_ERROR_ZERO_RETURN:
      return Result::kEnd;
    default:
      return Result::kError;
  }
}

ByteStream::Result ByteStream::Handshake() {
  ERR_clear_error();
  return ToResult(SSL_do_handshake(ssl_.get()));
}

std::vector<std::string> ByteStream::Identities() const {
  if (ssl_ == nullptr || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return {};
  X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
  return certificate == nullptr ? std::vector<std::string>() : NamesOfCertificate(certificate);
}

ByteStream::Result ByteStream::Read(char* bytes, size_t size, size_t& count) {
  count = 0;
  if (ssl_ != nullptr) {
    ERR_clear_error();
    return ToResult(SSL_read_ex(ssl_.get(), bytes, size, &count));
  }
  const ssize_t got = recv(socket_, bytes, size, 0);
  if (got < 0) return OfErrno(Result::kWaitToRead);
  count = static_cast<size_t>(got);
  return got == 0 ? Result::kEnd : Result::kOk;
}

ByteStream::Result ByteStream::Peek() {
  char byte;
  if (ssl_ != nullptr) {
    size_t count = 0;
    ERR_clear_error();
    return ToResult(SSL_peek_ex(ssl_.get(), &byte, 1, &count));
  }
  const ssize_t got = recv(socket_, &byte, 1, MSG_PEEK);
  if (got < 0) return OfErrno(Result::kWaitToRead);
  return got == 0 ? Result::kEnd : Result::kOk;
}

ByteStream::Result ByteStream::Discard() {
  std::array<char, 16384> discarded;
  constexpr int kReads = 16;  // before other connections are served
  for (int i = 0; i < kReads; ++i) {
    const ssize_t got = recv(socket_, discarded.data(), discarded.size(), 0);
    if (got < 0) return OfErrno(Result::kWaitToRead);
    if (got == 0) return Result::kEnd;
  }
  return Result::kWaitToRead;
}

ByteStream::Result ByteStream::WritePlain(absl::Span<const absl::string_view> parts, size_t& count) const {
  std::array<iovec, kMaxParts> vectors;
  size_t used = 0;
  for (const absl::string_view part : parts) {
    if (!part.empty()) vectors[used++] = {const_cast<char*>(part.data()), part.size()};
  }
  msghdr message = {};
  message.msg_iov = vectors.data();
  message.msg_iovlen = used;
  const ssize_t sent = sendmsg(socket_, &message, MSG_NOSIGNAL);
  if (sent < 0) return OfErrno(Result::kWaitToWrite);
  count = static_cast<size_t>(sent);
  return Result::kOk;
}

ByteStream::Result ByteStream::Write(absl::Span<const absl::string_view> parts, size_t& count) {
  count = 0;
  if (ssl_ == nullptr) return WritePlain(parts, count);
  size_t total = 0;
  for (const absl::string_view part : parts) total += part.size();
  ERR_clear_error();
  if (total <= kMaxRecordBytes) {
    std::array<char, kMaxRecordBytes> joined;
    char* end = joined.data();
    for (const absl::string_view part : parts) end = std::copy(part.begin(), part.end(), end);
    return ToResult(SSL_write_ex(ssl_.get(), joined.data(), total, &count));
  }
  for (const absl::string_view part : parts) {
    if (part.empty()) continue;
    return ToResult(SSL_write_ex(ssl_.get(), part.data(), part.size(), &count));
  }
  return Result::kOk;
}

void ByteStream::ShutdownWrite() {
  if (ssl_ != nullptr && SSL_is_init_finished(ssl_.get())) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  shutdown(socket_, SHUT_WR);
}

}  // namespace hookd
