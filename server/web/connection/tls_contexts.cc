#include "web/connection/tls_contexts.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "http/ip_address.h"
#include "http/pem.h"

namespace hookd {
namespace {

// Chooses HTTP/1.1. A client that offers only other protocols is refused.
int ChooseProtocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                   unsigned int offered_size, void*) {
  constexpr absl::string_view kHttp11 = "http/1.1";
  for (unsigned int at = 0; at < offered_size; at += offered[at] + 1U) {
    const absl::string_view name(reinterpret_cast<const char*>(offered) + at + 1, offered[at]);
    if (name != kHttp11) continue;
    *chosen = offered + at + 1;
    *size = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Requires: the chain and the key were checked.
bool UseIdentity(SSL_CTX* context, const std::string& chain, const std::string& key) {
  const auto certificates = ReadCertificates(chain);
  if (SSL_CTX_use_certificate(context, certificates.front().get()) != 1) return false;
  for (size_t i = 1; i < certificates.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, certificates[i].get()) != 1) return false;
  }
  return SSL_CTX_use_PrivateKey(context, ReadPrivateKey(key).get()) == 1;
}

void TrustClients(SSL_CTX* context, const std::string& authorities) {
  for (const auto& authority : ReadCertificates(authorities)) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get());
    SSL_CTX_add_client_CA(context, authority.get());
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
}

void AddText(const ASN1_STRING* text, std::vector<std::string>& names) {
  std::string name(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                   static_cast<size_t>(ASN1_STRING_length(text)));
  // A name with a NUL is a disguise: others read only what is before it.
  if (!name.empty() && name.find('\0') == std::string::npos) names.push_back(std::move(name));
}

void AddAddress(const ASN1_OCTET_STRING* address, std::vector<std::string>& names) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int size = ASN1_STRING_length(address);
  if (size != 4 && size != 16) return;
  inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address), text.data(), text.size());
  names.emplace_back(text.data());
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsContexts>> TlsContexts::Create(const TlsFiles& files) {
  HOOKD_ASSIGN_OR_RETURN(TlsContent content, ReadTlsFiles(files));
  if (files.cert_file.empty()) return nullptr;
  std::unique_ptr<TlsContexts> contexts(new TlsContexts(files));
  HOOKD_ASSIGN_OR_RETURN(std::shared_ptr<SSL_CTX> context, contexts->Make(content));
  absl::MutexLock lock(&contexts->mutex_);
  contexts->content_ = std::move(content);
  contexts->context_ = std::move(context);
  return contexts;
}

absl::StatusOr<std::shared_ptr<SSL_CTX>> TlsContexts::Make(const TlsContent& content) const {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  if (context == nullptr) return absl::UnavailableError("OpenSSL has no TLS");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                         SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_alpn_select_cb(context.get(), &ChooseProtocol, nullptr);
  const std::string session_context = "hookd";  // required to resume sessions with client certificates
  SSL_CTX_set_session_id_context(context.get(),
                                 reinterpret_cast<const unsigned char*>(session_context.data()),
                                 static_cast<unsigned int>(session_context.size()));
  // Tickets resume sessions without memory here.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  const bool used = UseIdentity(context.get(), content.chain, content.key);
  if (!content.client_authorities.empty()) TrustClients(context.get(), content.client_authorities);
  ERR_clear_error();
  if (!used) {
    return absl::InvalidArgumentError(absl::StrCat("--tls_cert_file: OpenSSL refuses ", files_.cert_file));
  }
  return context;
}

std::shared_ptr<SSL_CTX> TlsContexts::current() const {
  absl::MutexLock lock(&mutex_);
  return context_;
}

void TlsContexts::Reload() {
  auto content = ReadTlsFiles(files_);
  if (content.ok()) {
    absl::MutexLock lock(&mutex_);
    error_.clear();
    if (*content == content_) return;
  }
  auto made = content.ok() ? Make(*content) : absl::StatusOr<std::shared_ptr<SSL_CTX>>(content.status());
  absl::MutexLock lock(&mutex_);
  if (made.ok()) {
    content_ = *std::move(content);
    context_ = *std::move(made);
  } else if (error_ != made.status().message()) {
    error_ = std::string(made.status().message());
    LogWarning("TLS files not reloaded", {{"error", error_}});
  }
}

std::vector<std::string> NamesOfCertificate(X509* certificate) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> alternatives(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  for (int i = 0; alternatives != nullptr && i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type == GEN_DNS || name->type == GEN_URI || name->type == GEN_EMAIL) {
      AddText(name->d.ia5, names);
    } else if (name->type == GEN_IPADD) {
      AddAddress(name->d.iPAddress, names);
    }
  }
  if (!names.empty()) return names;
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return names;
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return names;
  std::string name(reinterpret_cast<const char*>(text), static_cast<size_t>(size));
  OPENSSL_free(text);
  if (!name.empty() && name.find('\0') == std::string::npos && !IpAddress::Parse(name).has_value()) {
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace hookd
