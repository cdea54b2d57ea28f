#include "http/tls_credentials.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/tls_certificates.h"

namespace hookd {
namespace {

const TlsCertificates& Certificates() {
  static const auto* certificates = new TlsCertificates(MakeTlsCertificates());
  return *certificates;
}

TEST(TlsCredentialsTest, TakesOneCertificateOrMore) {
  const TlsCertificates& made = Certificates();
  EXPECT_TRUE(CheckCertificates(made.authority).ok());
  EXPECT_TRUE(CheckCertificates(made.good.certificate + made.authority).ok());
  EXPECT_TRUE(CheckCertificates("said before\n" + made.authority + "\n\n").ok());
}

TEST(TlsCredentialsTest, RefusesWhatIsNoCertificateOrNotWholly) {
  const TlsCertificates& made = Certificates();
  for (const std::string& pem :
       {std::string(), std::string("hunter2"), made.good.key, made.authority.substr(0, 200),
        made.authority + "-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n"}) {
    EXPECT_FALSE(CheckCertificates(pem).ok()) << pem;
  }
}

TEST(TlsCredentialsTest, TakesTheKeyOfTheFirstCertificateAlone) {
  const TlsCertificates& made = Certificates();
  EXPECT_TRUE(CheckPrivateKey(made.good.key, made.good.certificate + made.authority).ok());
  EXPECT_FALSE(CheckPrivateKey(made.good.key, made.authority + made.good.certificate).ok());
  EXPECT_FALSE(CheckPrivateKey(made.expired.key, made.good.certificate).ok());
  EXPECT_FALSE(CheckPrivateKey("", made.good.certificate).ok());
  EXPECT_FALSE(CheckPrivateKey("hunter2", made.good.certificate).ok());
}

}  // namespace
}  // namespace hookd
