#include "tests/support/peer_tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <cstdio>
#include <cstdlib>

namespace hookd {
namespace {

void Check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "peer_tls: %s failed\n", what);
  std::abort();
}

std::unique_ptr<BIO, decltype(&BIO_free)> Memory(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

int ChooseHttp2(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                unsigned int offered_size, void*) {
  static const unsigned char kHttp2[] = "\2h2";
  return SSL_select_next_proto(const_cast<unsigned char**>(chosen), size, kHttp2, 3, offered, offered_size) ==
                 OPENSSL_NPN_NEGOTIATED
             ? SSL_TLSEXT_ERR_OK
             : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

TlsContext MakePeerTlsContext(const TlsOptions& tls, bool http2) {
  TlsContext context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(Memory(tls.certificate).get(), nullptr, nullptr, nullptr), &X509_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(Memory(tls.key).get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  Check(context != nullptr && SSL_CTX_use_certificate(context.get(), certificate.get()) == 1 &&
            SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1,
        "using the certificate and its key");
  if (http2) SSL_CTX_set_alpn_select_cb(context.get(), &ChooseHttp2, nullptr);
  return context;
}

PeerTls::PeerTls(SSL_CTX* context)
    : ssl_(SSL_new(context), &SSL_free),
      from_client_(BIO_new(BIO_s_mem())),
      to_client_(BIO_new(BIO_s_mem())) {
  SSL_set_bio(ssl_.get(), from_client_, to_client_);
  SSL_set_accept_state(ssl_.get());
}

void PeerTls::Feed(absl::string_view bytes) {
  BIO_write(from_client_, bytes.data(), static_cast<int>(bytes.size()));
}

PeerTls::Progress PeerTls::Handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) return Progress::kDone;
  return SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ ? Progress::kWaits : Progress::kFailed;
}

bool PeerTls::Read(std::string& plain) {
  char buffer[16384];
  while (true) {
    ERR_clear_error();
    const int n = SSL_read(ssl_.get(), buffer, sizeof(buffer));
    if (n <= 0) return SSL_get_error(ssl_.get(), n) == SSL_ERROR_WANT_READ;
    plain.append(buffer, static_cast<size_t>(n));
  }
}

void PeerTls::Write(absl::string_view plain) {
  ERR_clear_error();
  if (!plain.empty()) SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size()));
}

void PeerTls::UpdateKeys() {
  ERR_clear_error();
  if (SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) == 1) SSL_do_handshake(ssl_.get());
}

void PeerTls::SendSessionTicket() {
  ERR_clear_error();
  if (SSL_new_session_ticket(ssl_.get()) == 1) SSL_do_handshake(ssl_.get());
}

void PeerTls::Shutdown() {
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

std::string PeerTls::TakeOutput() {
  std::string output(BIO_ctrl_pending(to_client_), '\0');
  if (!output.empty()) BIO_read(to_client_, output.data(), static_cast<int>(output.size()));
  return output;
}

}  // namespace hookd
