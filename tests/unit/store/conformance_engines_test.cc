// The conformance suite's engines that need nothing but this process; postgres/conformance_test.cc has the
// other.
#include "store/sqlite/sqlite_store.h"
#include "tests/support/fake_store.h"
#include "tests/unit/store/conformance.h"

namespace hookd {
namespace {

INSTANTIATE_TEST_SUITE_P(
    Engines, StoreConformanceTest,
    ::testing::Values(StoreEngine{"Sqlite", true,
                                  [](const std::string& folder, Clock* clock) -> std::unique_ptr<Store> {
                                    return SqliteStore::Create({.data_dir = folder, .clock = clock}).value();
                                  }},
                      StoreEngine{"Fake", false,
                                  [](const std::string&, Clock* clock) -> std::unique_ptr<Store> {
                                    return std::make_unique<FakeStore>(clock);
                                  }}),
    [](const auto& engine) { return engine.param.name; });

}  // namespace
}  // namespace hookd
