#include "hookctl/signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hookctl {
namespace {

using testing::HasSubstr;

// The vector that Standard Webhooks publishes.
constexpr char kSecret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const absl::Time kNow = absl::FromUnixSeconds(1'614'265'330);

SignedRequest Published() {
  return {.id = "msg_p5jXN8AQM9LWM0D4loKWxJek",
          .timestamp = "1614265330",
          .signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
          .body = R"({"test": 2432232314})"};
}

TEST(SignatureTest, ThePublishedVectorIsGood) { EXPECT_EQ(VerifySignature(kSecret, Published(), kNow), ""); }

TEST(SignatureTest, OneGoodSignatureAmongOthersIsEnough) {
  SignedRequest request = Published();
  request.signature = "v1a,AAAA v1,AAAA v2,x " + request.signature + " nonsense";
  EXPECT_EQ(VerifySignature(kSecret, request, kNow), "");
}

TEST(SignatureTest, WhatWasChangedIsNot) {
  for (std::string SignedRequest::*field : {&SignedRequest::id, &SignedRequest::signature}) {
    SignedRequest request = Published();
    request.*field = "v1,AAAA";
    EXPECT_THAT(VerifySignature(kSecret, request, kNow), HasSubstr("no signature matches"));
  }
  SignedRequest request = Published();
  request.body = "{}";
  EXPECT_THAT(VerifySignature(kSecret, request, kNow), HasSubstr("no signature matches"));
  request = Published();
  request.timestamp = "1614265331";
  EXPECT_THAT(VerifySignature(kSecret, request, kNow), HasSubstr("no signature matches"));
  EXPECT_THAT(VerifySignature("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", Published(), kNow),
              HasSubstr("no signature matches"));
}

TEST(SignatureTest, WhatIsOldOrAheadIsNot) {
  EXPECT_EQ(VerifySignature(kSecret, Published(), kNow + absl::Minutes(5)), "");
  EXPECT_THAT(VerifySignature(kSecret, Published(), kNow + absl::Minutes(6)), HasSubstr("6m old"));
  EXPECT_THAT(VerifySignature(kSecret, Published(), kNow - absl::Minutes(6)), HasSubstr("6m ahead"));
}

TEST(SignatureTest, WhatIsMissingIsNamed) {
  SignedRequest request = Published();
  request.signature = "";
  EXPECT_THAT(VerifySignature(kSecret, request, kNow), HasSubstr("it is not signed"));
  request.signature = "v1a,AAAA";
  EXPECT_THAT(VerifySignature(kSecret, request, kNow), HasSubstr("no v1 signature"));
  request.timestamp = "soon";
  EXPECT_THAT(VerifySignature(kSecret, request, kNow), HasSubstr("is not a number"));
}

TEST(SignatureTest, SecretsAreChecked) {
  EXPECT_EQ(CheckVerificationSecret(kSecret), "");
  EXPECT_EQ(CheckVerificationSecret("whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="), "");
  for (const char* secret : {"", "secret", "whsec_", "whsec_*", "whpk_AAAA", "whsk_AAAA"}) {
    EXPECT_NE(CheckVerificationSecret(secret), "") << secret;
  }
}

}  // namespace
}  // namespace hookctl
