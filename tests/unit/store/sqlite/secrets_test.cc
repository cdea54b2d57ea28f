// Secrets in the SQLite store: what of them stands in its files.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "store/sqlite/sqlite_store.h"
#include "tests/unit/store/blocking_store.h"
#include "tests/unit/store/conformance_secrets.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

absl::StatusOr<std::unique_ptr<Store>> OpenSqlite(const std::string& folder, Clock* clock,
                                                  SecretBox secrets) {
  return SqliteStore::Create({.data_dir = folder, .clock = clock, .secrets = std::move(secrets)});
}

std::string Files(const std::string& folder) {
  std::string contents;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    contents.append(std::istreambuf_iterator<char>(file), {});
  }
  return contents;
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreSecretsTest,
                         ::testing::Values(SecretsEngine{"Sqlite", OpenSqlite, Files}),
                         [](const auto& engine) { return engine.param.name; });

struct SqliteOldSecretsTest : ::testing::Test {
  absl::Status Open(const std::string& keys) {
    calls.reset();
    store.reset();
    SecretBox box;
    if (!keys.empty()) {
      std::ofstream file(key_file);
      for (const char key : keys) file << absl::Base64Escape(std::string(32, key)) << "\n";
      file.close();
      std::filesystem::permissions(key_file, std::filesystem::perms::owner_all);
      box = SecretBox::FromFile(key_file).value();
    }
    auto opened = SqliteStore::Create({.data_dir = folder.path(),
                                       .clock = &clock,
                                       .room = {.free_bytes = [this] { return free_bytes; }},
                                       .secrets = std::move(box),
                                       .on_slow_start = [this] { ++slow; }});
    if (!opened.ok()) return opened.status();
    store = *std::move(opened);
    calls = std::make_unique<BlockingStore>(store.get());
    return absl::OkStatus();
  }
  // Leaves old rows of all kinds behind: webhooks that were created, changed, and some deleted.
  void ChangeSecrets() {
    for (int i = 0; i < 40; ++i) {
      Webhook webhook;
      webhook.project = "p";
      webhook.id = absl::StrCat("w", i);
      webhook.headers = {{"X-Key", absl::StrCat("hunter2-first-", i)}, {"X", std::string(i * 100, 'x')}};
      webhook.basic_auth = BasicAuth{.username = "u", .password = absl::StrCat("hunter2-password-", i)};
      ASSERT_TRUE(calls->CreateWebhook(webhook, RequestId{webhook.id, "f"}).ok());
    }
    for (int i = 0; i < 40; ++i) {
      const std::string id = absl::StrCat("w", i);
      ASSERT_TRUE(calls
                      ->UpdateWebhook("p", id,
                                      [i](Webhook& edit) {
                                        edit.headers = {{"X-Key", absl::StrCat("hunter2-second-", i)}};
                                        return absl::OkStatus();
                                      })
                      .ok());
      if (i % 2 == 0) ASSERT_TRUE(calls->DeleteWebhook("p", id).ok());
    }
  }
  void ExpectNoneOfADeletedWebhookOnceItIsEncrypted() {
    Webhook webhook;
    webhook.project = "p";
    webhook.id = "w";
    webhook.headers = {{"X-Key", "hunter2"}};
    ASSERT_TRUE(calls->CreateWebhook(webhook).ok());
    ASSERT_TRUE(calls->DeleteWebhook("p", "w").ok());
    ASSERT_TRUE(Open("a").ok());
    EXPECT_THAT(Files(folder.path()), Not(HasSubstr("hunter2")));
  }
  std::string Backup() {
    std::string copy;
    EXPECT_TRUE(store->backup()
                    ->Backup([&copy](absl::string_view data, int64_t) {
                      copy.append(data.data(), data.size());
                      return true;
                    })
                    .ok());
    return copy;
  }
  // Sealed forms, as they are stored now.
  std::vector<std::string> Sealed() {
    const auto database = Database::Open(folder.path() + "/hookd.db", false).value();
    std::vector<std::string> sealed;
    for (const char* table : {"webhooks", "requests"}) {
      const auto select = database->Prepare(absl::StrCat("SELECT secrets FROM ", table)).value();
      while (select->Step().value()) {
        if (!select->Text(0).empty()) sealed.emplace_back(select->Text(0));
      }
    }
    return sealed;
  }

  TempDir folder;
  TempDir keys_folder;
  const std::string key_file = keys_folder.path() + "/keys";
  FakeClock clock;
  int64_t free_bytes = int64_t{1} << 40;
  int slow = 0;
  std::unique_ptr<Store> store;
  std::unique_ptr<BlockingStore> calls;
};

TEST_F(SqliteOldSecretsTest, AKeyGivenLaterLeavesNoneReadableInTheFilesOrABackup) {
  ASSERT_TRUE(Open("").ok());
  ChangeSecrets();
  ASSERT_THAT(Files(folder.path()), HasSubstr("hunter2-first-0"));
  ASSERT_TRUE(Open("a").ok());
  EXPECT_THAT(Files(folder.path()), Not(HasSubstr("hunter2")));
  EXPECT_THAT(Backup(), Not(HasSubstr("hunter2")));
  EXPECT_EQ(calls->CreateWebhook({.project = "p"}, RequestId{"w39", "f"})->webhook.headers[0].second,
            "hunter2-first-39");
  EXPECT_EQ(store->LoadWebhooks()->size(), 20u);
}

TEST_F(SqliteOldSecretsTest, ThoseOfDeletedWebhooksAloneGoToo) {
  ASSERT_TRUE(Open("").ok());
  ExpectNoneOfADeletedWebhookOnceItIsEncrypted();
}

TEST_F(SqliteOldSecretsTest, ANewKeyLeavesNothingThatTheOldOneSealed) {
  ASSERT_TRUE(Open("a").ok());
  ChangeSecrets();
  const std::vector<std::string> old = Sealed();
  ASSERT_GT(old.size(), 40u);
  ASSERT_TRUE(Open("ba").ok());
  const std::string files = Files(folder.path()) + Backup();
  for (const std::string& sealed : old) EXPECT_THAT(files, Not(HasSubstr(sealed.substr(0, 40))));
  // What begins every form that the key sealed.
  EXPECT_THAT(files, Not(HasSubstr(old[0].substr(0, 8))));
  ASSERT_TRUE(Open("b").ok());
}

TEST_F(SqliteOldSecretsTest, WithoutRoomTheStoreOpensAndIsRewrittenAtTheNextStartThatHasIt) {
  ASSERT_TRUE(Open("").ok());
  ChangeSecrets();
  free_bytes = 1000;
  ASSERT_TRUE(Open("a").ok());
  EXPECT_THAT(Files(folder.path()), HasSubstr("hunter2")) << "in free pages";
  for (const std::string& sealed : Sealed()) EXPECT_THAT(sealed, Not(HasSubstr("hunter2")));
  free_bytes = int64_t{1} << 40;
  ASSERT_TRUE(Open("a").ok());
  EXPECT_THAT(Files(folder.path()), Not(HasSubstr("hunter2")));
}

TEST_F(SqliteOldSecretsTest, SaysThatItGoesOnWhileTheStoreIsRewritten) {
  ASSERT_TRUE(Open("").ok());
  for (int i = 0; i < 300; ++i) {
    const std::vector<NewEvent> events(100, {.type = 1, .event = "e", .webhooks = {}});
    ASSERT_TRUE(calls->AcceptEvents("p", events).ok());
  }
  ASSERT_TRUE(Open("a").ok());
  const int at_first = slow;
  EXPECT_GT(at_first, 0);
  ASSERT_TRUE(Open("a").ok());
  EXPECT_EQ(slow, at_first);
}

TEST_F(SqliteOldSecretsTest, WhatACrashInterruptedIsDoneAtTheNextStart) {
  ASSERT_TRUE(Open("a").ok());
  // As if the last step had not been made, and old rows were still there.
  ASSERT_TRUE(Database::Open(folder.path() + "/hookd.db", false)
                  .value()
                  ->Execute("DELETE FROM scrubbed; CREATE TABLE t (x); INSERT INTO t VALUES ('hunter2'); "
                            "DROP TABLE t")
                  .ok());
  ASSERT_THAT(Files(folder.path()), HasSubstr("hunter2"));
  ASSERT_TRUE(Open("a").ok());
  EXPECT_THAT(Files(folder.path()), Not(HasSubstr("hunter2")));
}

TEST_F(SqliteOldSecretsTest, WhatWasWrittenWithoutAKeyMeanwhileGoesToo) {
  ASSERT_TRUE(Open("a").ok());
  ASSERT_TRUE(Open("").ok());
  ExpectNoneOfADeletedWebhookOnceItIsEncrypted();
}

}  // namespace
}  // namespace hookd
