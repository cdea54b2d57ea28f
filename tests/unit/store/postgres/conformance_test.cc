// The conformance suite on PostgreSQL: a database for each folder.
#include <map>

#include "store/postgres/postgres_store.h"
#include "tests/unit/store/conformance_search.h"
#include "tests/unit/store/postgres/new_store_database.h"

namespace hookd {
namespace {

std::unique_ptr<Store> OpenPostgres(const std::string& folder, Clock* clock) {
  static auto* const urls = new std::map<std::string, std::string>();
  std::string& url = (*urls)[folder];
  if (url.empty()) url = NewStoreDatabase();
  return PostgresStore::Create({.url = url, .clock = clock, .search = TestSearchOptions()}).value();
}

const auto kEngines = ::testing::Values(StoreEngine{"Postgres", true, OpenPostgres});
const auto kName = [](const auto& engine) { return engine.param.name; };

INSTANTIATE_TEST_SUITE_P(Engines, StoreConformanceTest, kEngines, kName);
INSTANTIATE_TEST_SUITE_P(Engines, StoreSearchTest, kEngines, kName);

}  // namespace
}  // namespace hookd
