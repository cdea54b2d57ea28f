// Secrets in the SQLite store: what of them stands in its files, with a key, without, and after another.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/sqlite_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"
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

class SqliteSecretsTest : public ::testing::Test {
 protected:
  // With the keys of such letters; with none, without a key.
  absl::StatusOr<std::unique_ptr<SqliteStore>> Open(const std::string& keys) {
    SecretBox box;
    if (!keys.empty()) {
      const std::string path = folder_.path() + "/keys";
      std::ofstream file(path);
      std::filesystem::permissions(path, std::filesystem::perms::owner_all);
      for (char key : keys) file << absl::Base64Escape(std::string(32, key)) << "\n";
      file.close();
      box = SecretBox::FromFile(path).value();
    }
    return SqliteStore::Create({.data_dir = data_dir_, .clock = &clock_, .secrets = box});
  }
  // Everything that stands in the store's files.
  std::string Files() const {
    std::string contents;
    for (const auto& entry : std::filesystem::directory_iterator(data_dir_)) {
      std::ifstream file(entry.path(), std::ios::binary);
      contents.append(std::istreambuf_iterator<char>(file), {});
    }
    return contents;
  }
  void Create(const std::string& keys) {
    const auto store = Open(keys);
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE(BlockingStore(store->get()).CreateWebhook(WithSecrets(), RequestId{"r", "f"}).ok());
  }
  // The secrets are there, in the webhook and in the first answer.
  static void ExpectSecrets(SqliteStore& store) {
    const auto webhooks = store.LoadWebhooks();
    ASSERT_TRUE(webhooks.ok()) << webhooks.status();
    EXPECT_EQ(webhooks->at(0).signing_secrets, WithSecrets().signing_secrets);
    EXPECT_EQ(webhooks->at(0).headers, WithSecrets().headers);
    const auto again = BlockingStore(&store).CreateWebhook(WithSecrets(), RequestId{"r", "f"});
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE(again->repeated);
    EXPECT_EQ(again->webhook.signing_secrets, WithSecrets().signing_secrets);
  }

  TempDir folder_;
  const std::string data_dir_ = folder_.path() + "/data";
  FakeClock clock_;
};

TEST_F(SqliteSecretsTest, NoneStandsInTheFilesWithAKey) {
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
  EXPECT_THAT(Files(), Not(HasSubstr(kSecret)));
}

TEST_F(SqliteSecretsTest, TheyAreThereAfterClosing) {
  for (const char* keys : {"", "a"}) {
    std::filesystem::remove_all(data_dir_);
    Create(keys);
    const auto store = Open(keys);
    ASSERT_TRUE(store.ok()) << store.status();
    ExpectSecrets(**store);
  }
}

TEST_F(SqliteSecretsTest, AKeyGivenLaterEncryptsWhatWasReadableAndLeavesNothingOfIt) {
  Create("");
  ASSERT_THAT(Files(), HasSubstr(kSecret));
  {
    const auto store = Open("a");
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_THAT(Files(), Not(HasSubstr(kSecret)));
    ExpectSecrets(**store);
  }
  EXPECT_TRUE(absl::IsFailedPrecondition(Open("").status()));
}

TEST_F(SqliteSecretsTest, ANewFirstKeySealsAllAnewSoThatTheOldOneCanGo) {
  Create("a");
  ASSERT_TRUE(Open("ba").ok());
  const auto store = Open("b");
  ASSERT_TRUE(store.ok()) << store.status();
  ExpectSecrets(**store);
}

TEST_F(SqliteSecretsTest, WithoutTheirKeyTheStoreIsRefusedAndLeftAsItWas) {
  Create("a");
  for (const char* keys : {"", "b"}) {
    const auto store = Open(keys);
    EXPECT_TRUE(absl::IsFailedPrecondition(store.status()));
    EXPECT_THAT(std::string(store.status().message()), HasSubstr("--encryption_key_file"));
  }
  const auto store = Open("a");
  ASSERT_TRUE(store.ok()) << store.status();
  ExpectSecrets(**store);
}

}  // namespace
}  // namespace hookd
