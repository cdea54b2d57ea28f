// Certificates for tests of TLS, made at run time, so that none in the repository can expire. Plain data.
#ifndef HOOKD_TESTS_SUPPORT_TLS_CERTIFICATES_H_
#define HOOKD_TESTS_SUPPORT_TLS_CERTIFICATES_H_

#include <string>

namespace hookd {

// What a server shows, as PEM.
struct TlsOptions {
  std::string certificate;
  std::string key;
  std::string client_authority = {};  // PEM; if set, a client has to show a certificate of its
};

struct TlsCertificates {
  std::string authority;       // PEM; who trusts it trusts `good`, and none of the others
  TlsOptions good;             // for 127.0.0.1, localhost and the names under menagerie.test
  TlsOptions wrong_name;       // for elsewhere.test
  TlsOptions expired;          // yesterday
  TlsOptions self_signed;      // for the same, by itself
  TlsOptions common_name;      // its common name is 127.0.0.1, and it has no alternative names
  TlsOptions other_names;      // its common name is common.test, and its alternative name other.test
  TlsOptions no_intermediate;  // for the same as `good`, by an intermediate authority that it does not show
};

TlsCertificates MakeTlsCertificates();

// Writes `authority` to a file in `folder` and gives its path, for who wants a file to trust.
std::string WriteAuthorityFile(const TlsCertificates& certificates, const std::string& folder);

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_TLS_CERTIFICATES_H_
