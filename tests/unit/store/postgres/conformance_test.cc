// The conformance suite on PostgreSQL: a database for each folder.
#include "tests/unit/store/conformance.h"

#include <map>

#include "store/postgres/postgres_store.h"
#include "tests/support/postgres_server.h"

namespace hookd {
namespace {

std::unique_ptr<Store> OpenPostgres(const std::string& folder, Clock* clock) {
  static auto* const urls = new std::map<std::string, std::string>();
  std::string& url = (*urls)[folder];
  if (url.empty()) url = PostgresServer::Shared().NewDatabase();
  return PostgresStore::Create({.url = url, .clock = clock}).value();
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreConformanceTest,
                         ::testing::Values(StoreEngine{"Postgres", true, OpenPostgres}),
                         [](const auto& engine) { return engine.param.name; });

}  // namespace
}  // namespace hookd
