// The conformance suite's engines that need nothing but this process; postgres/conformance_test.cc has the
// other.
#include "store/sqlite/sqlite_store.h"
#include "tests/support/fake_store.h"
#include "tests/unit/store/conformance_search.h"

namespace hookd {
namespace {

std::unique_ptr<Store> OpenSqlite(const std::string& folder, Clock* clock) {
  return SqliteStore::Create({.data_dir = folder, .clock = clock, .search = TestSearchOptions()}).value();
}

std::unique_ptr<Store> OpenFake(const std::string&, Clock* clock) {
  auto store = std::make_unique<FakeStore>(clock);
  store->SetContentReader(ReadTestContent);
  return store;
}

const auto kEngines =
    ::testing::Values(StoreEngine{"Sqlite", true, OpenSqlite}, StoreEngine{"Fake", false, OpenFake});
const auto kName = [](const auto& engine) { return engine.param.name; };

INSTANTIATE_TEST_SUITE_P(Engines, StoreConformanceTest, kEngines, kName);
INSTANTIATE_TEST_SUITE_P(Engines, StoreSearchTest, kEngines, kName);

}  // namespace
}  // namespace hookd
