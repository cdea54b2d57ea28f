#include "web/connection/tls_contexts.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "http/tls_credentials.h"

namespace hookd {
namespace {

struct Cleanup {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
template <typename T>
using Owned = std::unique_ptr<T, Cleanup>;

Owned<BIO> Reader(const std::string& pem) {
  return Owned<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

Owned<X509> NextCertificate(BIO* bio) {
  return Owned<X509>(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr));
}

absl::StatusOr<std::string> ReadFile(absl::string_view flag, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::InvalidArgumentError(absl::StrCat(flag, ": ", path, " cannot be read"));
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

absl::Status NameFile(absl::string_view flag, const std::string& path, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat(flag, ": ", path, " ", status.message()));
}

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
  const Owned<BIO> reader = Reader(chain);
  const Owned<X509> leaf = NextCertificate(reader.get());
  if (leaf == nullptr || SSL_CTX_use_certificate(context, leaf.get()) != 1) return false;
  while (const Owned<X509> issuer = NextCertificate(reader.get())) {
    if (SSL_CTX_add1_chain_cert(context, issuer.get()) != 1) return false;
  }
  const Owned<EVP_PKEY> private_key(PEM_read_bio_PrivateKey(Reader(key).get(), nullptr, nullptr, nullptr));
  return private_key != nullptr && SSL_CTX_use_PrivateKey(context, private_key.get()) == 1;
}

void TrustClients(SSL_CTX* context, const std::string& authorities) {
  const Owned<BIO> reader = Reader(authorities);
  while (const Owned<X509> authority = NextCertificate(reader.get())) {
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

bool IsIpAddress(const std::string& name) {
  in6_addr address;
  return inet_pton(AF_INET, name.c_str(), &address) == 1 || inet_pton(AF_INET6, name.c_str(), &address) == 1;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsContexts>> TlsContexts::Create(const HttpTlsFiles& files) {
  if (files.cert_file.empty() != files.key_file.empty()) {
    return absl::InvalidArgumentError("--tls_cert_file and --tls_key_file must be set together");
  }
  if (files.cert_file.empty()) {
    if (files.client_ca_file.empty()) return nullptr;
    return absl::InvalidArgumentError("--tls_client_ca_file requires --tls_cert_file and --tls_key_file");
  }
  std::unique_ptr<TlsContexts> contexts(new TlsContexts(files));
  HOOKD_ASSIGN_OR_RETURN(Content content, contexts->Read());
  HOOKD_ASSIGN_OR_RETURN(std::shared_ptr<SSL_CTX> context, contexts->Make(content));
  absl::MutexLock lock(&contexts->mutex_);
  contexts->content_ = std::move(content);
  contexts->context_ = std::move(context);
  return contexts;
}

absl::StatusOr<TlsContexts::Content> TlsContexts::Read() const {
  Content content;
  HOOKD_ASSIGN_OR_RETURN(content.chain, ReadFile("--tls_cert_file", files_.cert_file));
  HOOKD_ASSIGN_OR_RETURN(content.key, ReadFile("--tls_key_file", files_.key_file));
  if (files_.client_ca_file.empty()) return content;
  HOOKD_ASSIGN_OR_RETURN(content.authorities, ReadFile("--tls_client_ca_file", files_.client_ca_file));
  return content;
}

absl::StatusOr<std::shared_ptr<SSL_CTX>> TlsContexts::Make(const Content& content) const {
  HOOKD_RETURN_IF_ERROR(NameFile("--tls_cert_file", files_.cert_file, CheckCertificates(content.chain)));
  HOOKD_RETURN_IF_ERROR(
      NameFile("--tls_key_file", files_.key_file, CheckPrivateKey(content.key, content.chain)));
  const bool verify = !files_.client_ca_file.empty();
  if (verify) {
    HOOKD_RETURN_IF_ERROR(
        NameFile("--tls_client_ca_file", files_.client_ca_file, CheckCertificates(content.authorities)));
  }
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
  if (verify) TrustClients(context.get(), content.authorities);
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
  auto content = Read();
  absl::Status status = content.status();
  std::shared_ptr<SSL_CTX> context;
  if (content.ok()) {
    {
      absl::MutexLock lock(&mutex_);
      if (*content == content_) return;
    }
    auto made = Make(*content);
    status = made.status();
    if (made.ok()) context = *std::move(made);
  }
  absl::MutexLock lock(&mutex_);
  Content latest = content.ok() ? *std::move(content) : Content();
  const bool is_new = !(latest == content_);
  content_ = std::move(latest);
  if (context != nullptr) context_ = std::move(context);
  if (!status.ok() && is_new) LogWarning("TLS files not reloaded", {{"error", status.message()}});
}

std::vector<std::string> NamesOfCertificate(X509* certificate) {
  std::vector<std::string> names;
  const Owned<GENERAL_NAMES> alternatives(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
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
  if (!name.empty() && name.find('\0') == std::string::npos && !IsIpAddress(name)) {
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace hookd
