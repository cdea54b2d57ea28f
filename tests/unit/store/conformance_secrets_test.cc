// Secrets in a store that keeps them: what of them can be read there, with a key, without, and after another.
#include "tests/unit/store/conformance_secrets.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "tests/unit/store/blocking_store.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSecret[] = "hunter2-hunter2-hunter2";

Webhook WithSecrets() {
  Webhook webhook;
  webhook.project = "p";
  webhook.id = "w";
  webhook.signing_secrets = {{.algorithm = SigningAlgorithm::kHmacSha256, .key = kSecret}};
  webhook.headers = {{"X-Key", kSecret}};
  webhook.basic_auth = BasicAuth{.username = kSecret, .password = kSecret};
  webhook.client_certificate = ClientCertificate{.certificate_chain = kSecret, .private_key = kSecret};
  webhook.tls_ca = kSecret;
  return webhook;
}

void Create(StoreSecretsTest& in, const std::string& keys) {
  const auto store = in.Open(keys);
  ASSERT_TRUE(store.ok()) << store.status();
  ASSERT_TRUE(BlockingStore(store->get()).CreateWebhook(WithSecrets(), RequestId{"r", "f"}).ok());
}

// The secrets are there, in the webhook and in the first answer.
void ExpectSecrets(Store& store) {
  const auto webhooks = store.LoadWebhooks();
  ASSERT_TRUE(webhooks.ok()) << webhooks.status();
  EXPECT_EQ(webhooks->at(0).signing_secrets, WithSecrets().signing_secrets);
  EXPECT_EQ(webhooks->at(0).headers, WithSecrets().headers);
  const auto again = BlockingStore(&store).CreateWebhook(WithSecrets(), RequestId{"r", "f"});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->webhook.signing_secrets, WithSecrets().signing_secrets);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> StoreSecretsTest::Open(const std::string& keys) {
  SecretBox box;
  if (!keys.empty()) {
    const std::string path = keys_.path() + "/keys";
    std::ofstream file(path);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    for (char key : keys) file << absl::Base64Escape(std::string(32, key)) << "\n";
    file.close();
    box = SecretBox::FromFile(path).value();
  }
  return GetParam().open(folder_->path(), &clock_, box);
}

TEST_P(StoreSecretsTest, NoneCanBeReadWithAKey) {
  const auto store = Open("a");
  ASSERT_TRUE(store.ok()) << store.status();
  BlockingStore calls(store->get());
  ASSERT_TRUE(calls.CreateWebhook(WithSecrets(), RequestId{"r", "f"}).ok());
  ASSERT_TRUE(calls
                  .UpdateWebhook("p", "w",
                                 [](Webhook& edit) {
                                   edit.headers.emplace_back("Other", kSecret);
                                   return absl::OkStatus();
                                 })
                  .ok());
  EXPECT_THAT(Contents(), Not(HasSubstr(kSecret)));
}

TEST_P(StoreSecretsTest, TheyAreThereAfterClosing) {
  for (const char* keys : {"", "a"}) {
    UseAnother();
    Create(*this, keys);
    const auto store = Open(keys);
    ASSERT_TRUE(store.ok()) << store.status();
    ExpectSecrets(**store);
  }
}

TEST_P(StoreSecretsTest, AKeyGivenLaterEncryptsWhatWasReadableAndLeavesNothingOfIt) {
  Create(*this, "");
  ASSERT_THAT(Contents(), HasSubstr(kSecret));
  {
    const auto store = Open("a");
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_THAT(Contents(), Not(HasSubstr(kSecret)));
    ExpectSecrets(**store);
  }
  EXPECT_TRUE(absl::IsFailedPrecondition(Open("").status()));
}

TEST_P(StoreSecretsTest, ANewFirstKeySealsAllAnewSoThatTheOldOneCanGo) {
  Create(*this, "a");
  ASSERT_TRUE(Open("ba").ok());
  const auto store = Open("b");
  ASSERT_TRUE(store.ok()) << store.status();
  ExpectSecrets(**store);
}

TEST_P(StoreSecretsTest, WithoutTheirKeyTheStoreIsRefusedAndLeftAsItWas) {
  Create(*this, "a");
  for (const char* keys : {"", "b"}) {
    const auto store = Open(keys);
    EXPECT_TRUE(absl::IsFailedPrecondition(store.status()));
    EXPECT_THAT(std::string(store.status().message()), HasSubstr("--encryption_key_file"));
  }
  const auto store = Open("a");
  ASSERT_TRUE(store.ok()) << store.status();
  ExpectSecrets(**store);
}

}  // namespace hookd
