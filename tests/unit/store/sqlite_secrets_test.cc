// Secrets in the SQLite store: what of them stands in its files.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "store/sqlite_store.h"
#include "tests/unit/store/conformance_secrets.h"

namespace hookd {
namespace {

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

}  // namespace
}  // namespace hookd
