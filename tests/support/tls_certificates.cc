#include "tests/support/tls_certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>

namespace hookd {
namespace {

constexpr long kDay = 24L * 60 * 60;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

struct Identity {
  Key key;
  Certificate certificate;
};

void Check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "tls_certificates: %s failed\n", what);
  std::abort();
}

void AddExtension(X509* certificate, X509* issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  Check(extension != nullptr, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// A certificate for `names` (an authority if null; without alternative names if empty), by `issuer` or else
// by itself, valid from `begin` to `end`, in seconds from now.
Identity Make(const char* common_name, const char* names, const Identity* issuer, long begin, long end) {
  static long serial = 0;
  Identity made = {Key(EVP_EC_gen("P-256"), &EVP_PKEY_free), Certificate(X509_new(), &X509_free)};
  Check(made.key != nullptr && made.certificate != nullptr, "making a key");
  X509* const certificate = made.certificate.get();
  X509* const by = issuer == nullptr ? certificate : issuer->certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), begin);
  X509_gmtime_adj(X509_getm_notAfter(certificate), end);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(by));
  X509_set_pubkey(certificate, made.key.get());
  if (names == nullptr) {
    AddExtension(certificate, by, NID_basic_constraints, "critical,CA:TRUE");
    AddExtension(certificate, by, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else {
    if (*names != '\0') AddExtension(certificate, by, NID_subject_alt_name, names);
    AddExtension(certificate, by, NID_ext_key_usage, "serverAuth,clientAuth");
  }
  AddExtension(certificate, by, NID_subject_key_identifier, "hash");
  EVP_PKEY* const signing_key = issuer == nullptr ? made.key.get() : issuer->key.get();
  Check(X509_sign(certificate, signing_key, EVP_sha256()) > 0, "signing");
  return made;
}

template <typename Write>
std::string Pem(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
  Check(write(memory.get()) == 1, "writing PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<size_t>(size)};
}

std::string CertificatePem(const Identity& identity) {
  return Pem([&](BIO* out) { return PEM_write_bio_X509(out, identity.certificate.get()); });
}

TlsOptions ToOptions(const Identity& identity) {
  return {.certificate = CertificatePem(identity),
          .key = Pem([&](BIO* out) {
            return PEM_write_bio_PrivateKey(out, identity.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace

TlsCertificates MakeTlsCertificates() {
  const char* const here = "IP:127.0.0.1,DNS:localhost,DNS:*.menagerie.test";
  const Identity authority = Make("hookd test authority", nullptr, nullptr, -kDay, kDay);
  const Identity intermediate = Make("hookd test intermediate", nullptr, &authority, -kDay, kDay);
  return {.authority = CertificatePem(authority),
          .good = ToOptions(Make("good", here, &authority, -kDay, kDay)),
          .wrong_name = ToOptions(Make("wrong name", "DNS:elsewhere.test", &authority, -kDay, kDay)),
          .expired = ToOptions(Make("expired", here, &authority, -2 * kDay, -kDay)),
          .self_signed = ToOptions(Make("self-signed", here, nullptr, -kDay, kDay)),
          .common_name = ToOptions(Make("127.0.0.1", "", &authority, -kDay, kDay)),
          .other_names = ToOptions(Make("common.test", "DNS:other.test", &authority, -kDay, kDay)),
          .no_intermediate = ToOptions(Make("no intermediate", here, &intermediate, -kDay, kDay))};
}

std::string WriteAuthorityFile(const TlsCertificates& certificates, const std::string& folder) {
  std::string path = folder + "/authority.pem";
  std::ofstream file(path);
  file << certificates.authority << std::flush;
  Check(file.good(), "writing the authority's file");
  return path;
}

}  // namespace hookd
