#include "delivery/attempts/signing.h"

#include <openssl/evp.h>

#include <memory>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromUnixSeconds(1'614'265'330);

// The vector that Standard Webhooks publishes.
constexpr char kSecret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr char kId[] = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr char kBody[] = R"({"test": 2432232314})";
constexpr char kSignature[] = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

// The vector of RFC 8032, 7.1, test 1.
constexpr char kSeed[] = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
constexpr char kPublicKey[] = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

std::string Whsk(const std::string& hex) {
  return absl::StrCat("whsk_", absl::Base64Escape(absl::HexStringToBytes(hex)));
}

bool VerifiesEd25519(const std::string& public_key, const std::string& signature,
                     const std::string& message) {
  const auto* key_bytes = reinterpret_cast<const unsigned char*>(public_key.data());
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key_bytes, public_key.size()), &EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(), reinterpret_cast<const unsigned char*>(message.data()),
                          message.size()) == 1;
}

TEST(SigningTest, SignsThePublishedVectorOfStandardWebhooks) {
  const auto secret = ParseSigningSecret(kSecret);
  ASSERT_TRUE(secret.ok());
  EXPECT_EQ(SignatureHeader({*secret}, kId, kNow, kBody), kSignature);
  EXPECT_EQ(SigningSecretText(*secret), kSecret);
}

TEST(SigningTest, EverythingThatIsSignedChangesTheSignature) {
  const auto secret = ParseSigningSecret(kSecret).value();
  const std::string signature = SignatureHeader({secret}, kId, kNow, kBody);
  EXPECT_NE(SignatureHeader({secret}, "other", kNow, kBody), signature);
  EXPECT_NE(SignatureHeader({secret}, kId, kNow + absl::Seconds(1), kBody), signature);
  EXPECT_NE(SignatureHeader({secret}, kId, kNow, "{}"), signature);
  EXPECT_NE(SignatureHeader({NewSigningSecret(SigningAlgorithm::kHmacSha256)}, kId, kNow, kBody), signature);
}

TEST(SigningTest, Ed25519SignaturesVerifyWithThePublicKey) {
  const auto secret = ParseSigningSecret(Whsk(kSeed));
  ASSERT_TRUE(secret.ok()) << secret.status();
  EXPECT_EQ(PublicKeyText(*secret),
            absl::StrCat("whpk_", absl::Base64Escape(absl::HexStringToBytes(kPublicKey))));
  const std::string header = SignatureHeader({*secret}, kId, kNow, kBody);
  ASSERT_THAT(header, StartsWith("v1a,"));
  std::string signature;
  ASSERT_TRUE(absl::Base64Unescape(header.substr(4), &signature));
  const std::string message = absl::StrCat(kId, ".1614265330.", kBody);
  EXPECT_TRUE(VerifiesEd25519(absl::HexStringToBytes(kPublicKey), signature, message));
  EXPECT_FALSE(VerifiesEd25519(absl::HexStringToBytes(kPublicKey), signature, message + " "));
}

TEST(SigningTest, ANewSecretIs32BytesThatNoOtherHas) {
  std::set<std::string> keys;
  for (int i = 0; i < 100; ++i) keys.insert(NewSigningSecret(SigningAlgorithm::kHmacSha256).key);
  EXPECT_THAT(keys, SizeIs(100));
  EXPECT_THAT(*keys.begin(), SizeIs(32));
  EXPECT_THAT(SigningSecretText(NewSigningSecret(SigningAlgorithm::kHmacSha256)),
              MatchesRegex("whsec_[A-Za-z0-9+/]{43}="));
}

TEST(SigningTest, TakesSecretsOf24To64Bytes) {
  for (size_t size : {24, 32, 64}) {
    const auto secret = ParseSigningSecret("whsec_" + absl::Base64Escape(std::string(size, 'k')));
    ASSERT_TRUE(secret.ok()) << size;
    EXPECT_EQ(secret->key, std::string(size, 'k'));
  }
  for (size_t size : {0, 1, 23, 65, 1000}) {
    EXPECT_FALSE(ParseSigningSecret("whsec_" + absl::Base64Escape(std::string(size, 'k'))).ok()) << size;
  }
}

TEST(SigningTest, TakesAnEd25519KeyWithItsPublicKeyOrWithout) {
  EXPECT_EQ(ParseSigningSecret(Whsk(absl::StrCat(kSeed, kPublicKey)))->key, absl::HexStringToBytes(kSeed));
  EXPECT_FALSE(ParseSigningSecret(Whsk(absl::StrCat(kSeed, kSeed))).ok()) << "another's public key";
  EXPECT_FALSE(ParseSigningSecret(Whsk("00")).ok());
}

TEST(SigningTest, ARefusalDoesNotRepeatTheSecret) {
  for (const char* text : {"", "hunter2hunter2", "whsec_hunter2", "whsec_not*base64", "whpk_hunter2"}) {
    const auto secret = ParseSigningSecret(text);
    ASSERT_FALSE(secret.ok()) << text;
    EXPECT_THAT(std::string(secret.status().message()), Not(HasSubstr("hunter2")));
  }
}

TEST(SigningTest, WithoutASecretThereIsNoSignature) {
  EXPECT_THAT(SignatureHeader({}, kId, kNow, kBody), IsEmpty());
}

TEST(SigningTest, ASecretThatWasReplacedSignsBesideTheNewOneUntilItsGraceEnds) {
  std::vector<SigningSecret> secrets = {ParseSigningSecret(kSecret).value()};
  const SigningSecret next = NewSigningSecret(SigningAlgorithm::kEd25519);
  ASSERT_TRUE(ReplaceSigningSecret(secrets, next, absl::Hours(24), kNow).ok());
  EXPECT_EQ(secrets[0].key, next.key);
  const std::vector<std::string> both = absl::StrSplit(SignatureHeader(secrets, kId, kNow, kBody), ' ');
  EXPECT_THAT(both, ElementsAre(StartsWith("v1a,"), kSignature));
  const absl::Time just_before = kNow + absl::Hours(24) - absl::Microseconds(1);
  EXPECT_THAT(SignatureHeader(secrets, kId, just_before, kBody), HasSubstr(" v1,"));
  EXPECT_THAT(SignatureHeader(secrets, kId, kNow + absl::Hours(24), kBody), Not(HasSubstr(" ")));
}

TEST(SigningTest, WithoutGraceAllEarlierSecretsEndAtOnce) {
  std::vector<SigningSecret> secrets = {NewSigningSecret(SigningAlgorithm::kHmacSha256)};
  for (absl::Duration grace : {absl::Hours(1), absl::Hours(2)}) {
    ASSERT_TRUE(
        ReplaceSigningSecret(secrets, NewSigningSecret(SigningAlgorithm::kHmacSha256), grace, kNow).ok());
  }
  EXPECT_THAT(secrets, SizeIs(3));
  ASSERT_TRUE(ReplaceSigningSecret(secrets, NewSigningSecret(SigningAlgorithm::kHmacSha256),
                                   absl::ZeroDuration(), kNow)
                  .ok());
  EXPECT_THAT(secrets, SizeIs(1));
}

TEST(SigningTest, AShorterGraceShortensThatOfEarlierSecretsToo) {
  std::vector<SigningSecret> secrets = {NewSigningSecret(SigningAlgorithm::kHmacSha256)};
  for (absl::Duration grace : {absl::Hours(9), absl::Hours(1)}) {
    ASSERT_TRUE(
        ReplaceSigningSecret(secrets, NewSigningSecret(SigningAlgorithm::kHmacSha256), grace, kNow).ok());
  }
  EXPECT_EQ(secrets[1].expire_time, kNow + absl::Hours(1));
  EXPECT_EQ(secrets[2].expire_time, kNow + absl::Hours(1));
}

TEST(SigningTest, NoMoreThanFiveSignAtATime) {
  std::vector<SigningSecret> secrets;
  const auto replace = [&](absl::Time now) {
    return ReplaceSigningSecret(secrets, NewSigningSecret(SigningAlgorithm::kHmacSha256), absl::Hours(1),
                                now);
  };
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(replace(kNow).ok()) << i;
  const auto before = secrets;
  EXPECT_TRUE(absl::IsFailedPrecondition(replace(kNow)));
  EXPECT_EQ(secrets, before);
  EXPECT_TRUE(replace(kNow + absl::Hours(1)).ok());
}

}  // namespace
}  // namespace hookd
