// Runs hookctl's command lines in this process, against a FakeHookd.
#ifndef TESTS_UNIT_CLIENT_HOOKCTL_RUN_H_
#define TESTS_UNIT_CLIENT_HOOKCTL_RUN_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "hookctl/hookctl.h"
#include "tests/unit/client/fake_hookd.h"

namespace hookctl {

namespace v1 = hookd::v1;

struct Result {
  int code = 0;
  std::string out;
  std::string err;
};

// Keeps the user's contexts and terminal out of the tests: no file of contexts, and no colours.
inline const bool kPlainEnvironment = setenv("XDG_CONFIG_HOME", "/nonexistent", /*overwrite=*/1) == 0 &&
                                      setenv("NO_COLOR", "1", /*overwrite=*/1) == 0;

inline Result RunHookctl(std::vector<std::string> arguments, const std::string& input = "", int width = 0,
                         int err_width = 0) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  const int code = Run(std::move(arguments), {in, out, err, width, err_width});
  return {code, out.str(), err.str()};
}

class HookctlTest : public testing::Test {
 protected:
  Result Hookctl(std::vector<std::string> arguments, const std::string& input = "", int width = 0,
                 int err_width = 0) {
    arguments.insert(arguments.begin(), {"--server", hookd_.target(), "--project", "shop"});
    return RunHookctl(std::move(arguments), input, width, err_width);
  }

  hookd::FakeHookd hookd_;
};

}  // namespace hookctl

#endif  // TESTS_UNIT_CLIENT_HOOKCTL_RUN_H_
