// The fixture of what every engine that keeps secrets promises of them. Not thread-safe.
#ifndef HOOKD_TESTS_UNIT_STORE_CONFORMANCE_SECRETS_H_
#define HOOKD_TESTS_UNIT_STORE_CONFORMANCE_SECRETS_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "gtest/gtest.h"
#include "store/codec/secret_box.h"
#include "store/store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace hookd {

// Makes a store in a folder, or opens the one that is there; and gives all that can be read of it by other
// means.
struct SecretsEngine {
  std::string name;
  std::function<absl::StatusOr<std::unique_ptr<Store>>(const std::string& folder, Clock* clock, SecretBox)>
      open;
  std::function<std::string(const std::string& folder)> contents;
};

// For the test's name.
inline void PrintTo(const SecretsEngine& engine, std::ostream* out) { *out << engine.name; }

class StoreSecretsTest : public ::testing::TestWithParam<SecretsEngine> {
 public:
  // With the keys of such letters; with none, without a key.
  absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& keys);
  std::string Contents() const { return GetParam().contents(folder_->path()); }
  void UseAnother() { folder_ = std::make_unique<TempDir>(); }

 private:
  TempDir keys_;
  std::unique_ptr<TempDir> folder_ = std::make_unique<TempDir>();
  FakeClock clock_;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_UNIT_STORE_CONFORMANCE_SECRETS_H_
