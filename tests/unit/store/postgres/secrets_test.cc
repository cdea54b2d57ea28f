// Secrets in the store in PostgreSQL: what of them stands in its rows. A database for each folder.
#include <map>

#include "store/postgres/postgres_store.h"
#include "tests/support/postgres_server.h"
#include "tests/unit/store/conformance_secrets.h"
#include "tests/unit/store/postgres/new_store_database.h"

namespace hookd {
namespace {

std::string UrlOf(const std::string& folder) {
  static auto* const urls = new std::map<std::string, std::string>();
  std::string& url = (*urls)[folder];
  if (url.empty()) url = NewStoreDatabase();
  return url;
}

absl::StatusOr<std::unique_ptr<Store>> OpenPostgres(const std::string& folder, Clock* clock,
                                                    SecretBox secrets) {
  return PostgresStore::Create({.url = UrlOf(folder), .clock = clock, .secrets = std::move(secrets)});
}

std::string Rows(const std::string& folder) {
  const std::string url = UrlOf(folder);
  return PostgresServer::Shared().Execute(
      "SELECT string_agg(row, '') FROM (SELECT encode(secrets, 'escape') || url AS row FROM webhooks UNION "
      "ALL "
      "SELECT encode(secrets, 'escape') || encode(answer, 'escape') FROM requests) rows",
      url.substr(url.rfind('/') + 1));
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreSecretsTest,
                         ::testing::Values(SecretsEngine{"Postgres", OpenPostgres, Rows}),
                         [](const auto& engine) { return engine.param.name; });

}  // namespace
}  // namespace hookd
