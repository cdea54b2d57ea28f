#include "hookctl/probe_connection.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

namespace hookctl {
namespace {

constexpr size_t kAnswerBytes = 64;
constexpr size_t kMaxShownNames = 5;

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free>>;
using X509Ptr = std::unique_ptr<X509, Deleter<X509_free>>;
using ContextPtr = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Deleter<SSL_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>>;
using AddressesPtr = std::unique_ptr<addrinfo, Deleter<freeaddrinfo>>;

void Trust(SSL_CTX* context, const std::string& roots) {
  if (roots.empty()) {
    SSL_CTX_set_default_verify_paths(context);
    return;
  }
  const BioPtr pem(BIO_new_mem_buf(roots.data(), static_cast<int>(roots.size())));
  while (const X509Ptr certificate{PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr)}) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get());
  }
  ERR_clear_error();  // the end of the text is an error to OpenSSL
}

// The text of an IP address in a certificate.
std::string AddressText(const ASN1_OCTET_STRING& bytes) {
  const int size = ASN1_STRING_length(&bytes);
  const int family = size == 4 ? AF_INET : AF_INET6;
  char text[INET6_ADDRSTRLEN] = {};
  if (size != 4 && size != 16) return "";
  inet_ntop(family, ASN1_STRING_get0_data(&bytes), text, sizeof(text));
  return text;
}

// The DNS names and IP addresses of a certificate.
std::string NamesOf(X509* certificate) {
  std::vector<std::string> names;
  const NamesPtr all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; all != nullptr && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    if (names.size() == kMaxShownNames) {
      names.emplace_back("...");
      break;
    }
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) {
      names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                         static_cast<size_t>(ASN1_STRING_length(name->d.dNSName)));
    } else if (name->type == GEN_IPADD) {
      names.push_back(AddressText(*name->d.iPAddress));
    }
  }
  return absl::StrJoin(names, ", ");
}

void ReadCertificate(const SSL* ssl, const std::string& host, TlsResult& result) {
  const X509Ptr certificate(SSL_get1_peer_certificate(ssl));
  if (certificate == nullptr) return;
  result.names = NamesOf(certificate.get());
  const bool matches = X509_check_ip_asc(certificate.get(), host.c_str(), 0) == 1 ||
                       X509_check_host(certificate.get(), host.data(), host.size(), 0, nullptr) == 1;
  result.wrong_name = !matches;
  const long verified = SSL_get_verify_result(ssl);
  if (verified != X509_V_OK) result.untrusted = X509_verify_cert_error_string(verified);
}

bool IsIpAddress(const std::string& host) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 || inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

}  // namespace

ProbeConnection::~ProbeConnection() {
  if (socket_ >= 0) close(socket_);
}

std::string ProbeConnection::Connect(const HostAndPort& server) {
  addrinfo wanted = {};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(server.host.c_str(), server.port.c_str(), &wanted, &found);
  const AddressesPtr addresses(found);
  if (failed != 0) {
    return absl::StrCat("the name ", server.host, " cannot be resolved (", gai_strerror(failed),
                        "); correct the name, or check this machine's DNS");
  }
  int error = 0;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    if (socket_ >= 0) close(socket_);
    socket_ = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket_ < 0) return "";
    if (connect(socket_, address->ai_addr, address->ai_addrlen) == 0) return "";
    error = errno;
    if (error != EINPROGRESS) continue;
    error = ETIMEDOUT;
    if (!WaitFor(POLLOUT)) continue;
    socklen_t size = sizeof(error);
    // A server that resets the connection at once was there, so that its answer, which is none, decides.
    if (getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error == 0 || error == ECONNRESET) {
      return "";
    }
  }
  switch (error) {
    case ECONNREFUSED:
      return "nothing listens there; start hookd, or correct the address";
    case ETIMEDOUT:
      return "there is no answer; correct the address, or check the firewall";
    default:
      return absl::StrCat("the connection failed (", std::strerror(error), "); correct the address");
  }
}

std::string ProbeConnection::ExchangePreface() {
  // The client's preface (RFC 9113, section 3.4) and an empty SETTINGS frame.
  constexpr absl::string_view kPreface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);
  std::string answer;
  if (!Send(kPreface)) return answer;
  while (answer.size() < kAnswerBytes) {
    const std::string more = Receive();
    if (more.empty()) break;
    absl::StrAppend(&answer, more);
    if (answer.size() >= 9) break;  // a frame's header
  }
  return answer.substr(0, kAnswerBytes);
}

TlsResult ProbeConnection::Handshake(const std::string& host, const std::string& roots) {
  const ContextPtr context(SSL_CTX_new(TLS_client_method()));
  Trust(context.get(), roots);
  const SslPtr ssl(SSL_new(context.get()));
  // The handshake continues with an untrusted certificate; SSL_get_verify_result reports it.
  SSL_set_verify(ssl.get(), SSL_VERIFY_NONE, nullptr);
  if (!IsIpAddress(host)) SSL_set_tlsext_host_name(ssl.get(), host.c_str());
  // A gRPC server chooses HTTP/2; an HTTP/1.1 server may refuse a client that offers nothing else.
  constexpr absl::string_view kProtocols = "\2h2\10http/1.1";
  SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(kProtocols.data()),
                      static_cast<unsigned int>(kProtocols.size()));
  BIO* incoming = BIO_new(BIO_s_mem());
  BIO* outgoing = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), incoming, outgoing);  // which now owns both

  TlsResult result;
  for (bool first = true;; first = false) {
    ERR_clear_error();
    const int done = SSL_connect(ssl.get());
    const int error = done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl.get(), done);
    char* data = nullptr;
    const long size = BIO_get_mem_data(outgoing, &data);
    const bool sent = size == 0 || Send(absl::string_view(data, static_cast<size_t>(size)));
    if (!sent) return first ? TlsResult{.outcome = TlsResult::kNotTls} : result;
    (void)BIO_reset(outgoing);
    if (error == SSL_ERROR_NONE) break;
    if (error != SSL_ERROR_WANT_READ) {
      const int reason = ERR_GET_REASON(ERR_peek_error());
      const bool not_tls = reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
                           reason == SSL_R_PACKET_LENGTH_TOO_LONG || reason == SSL_R_UNEXPECTED_MESSAGE;
      if (not_tls) result.outcome = TlsResult::kNotTls;
      return result;
    }
    const std::string more = Receive();
    // A server that does not know TLS closes the connection, or waits for more.
    if (more.empty()) return first ? TlsResult{.outcome = TlsResult::kNotTls} : result;
    BIO_write(incoming, more.data(), static_cast<int>(more.size()));
  }
  result.outcome = TlsResult::kDone;
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl.get(), &protocol, &size);
  result.speaks_http2 = absl::string_view(reinterpret_cast<const char*>(protocol), size) == "h2";
  ReadCertificate(ssl.get(), host, result);
  return result;
}

bool ProbeConnection::WaitFor(short events) const {
  pollfd waited{.fd = socket_, .events = events, .revents = 0};
  while (true) {
    const absl::Duration left = std::max(deadline_ - absl::Now(), absl::ZeroDuration());
    const int ready = poll(
        &waited, 1, static_cast<int>(absl::ToInt64Milliseconds(absl::Ceil(left, absl::Milliseconds(1)))));
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

bool ProbeConnection::Send(absl::string_view data) const {
  while (!data.empty()) {
    const ssize_t sent = send(socket_, data.data(), data.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      data.remove_prefix(static_cast<size_t>(sent));
    } else if (errno != EINTR && (errno != EAGAIN || !WaitFor(POLLOUT))) {
      return false;
    }
  }
  return true;
}

std::string ProbeConnection::Receive() const {
  std::string data(4096, '\0');
  while (WaitFor(POLLIN)) {
    const ssize_t received = recv(socket_, data.data(), data.size(), 0);
    if (received >= 0) {
      data.resize(static_cast<size_t>(received));
      return data;
    }
    if (errno != EINTR && errno != EAGAIN) break;
  }
  return "";
}

}  // namespace hookctl
