// What hookd says when it cannot start: one clear sentence and exit code 1.
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// One line that begins with the program's name.
auto IsOneSentence() {
  return ::testing::ResultOf([](const std::string& s) { return std::count(s.begin(), s.end(), '\n'); }, 1);
}

TEST(StartUpTest, ADataDirectoryThatCannotBeMadeIsRefused) {
  TempDir dir;
  std::ofstream(dir.path() + "/file") << "not a folder";
  const ProgramResult result = RunHookd({"--listen=127.0.0.1:0", "--data_dir=" + dir.path() + "/file/data"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, AllOf(StartsWith("hookd: "), HasSubstr(dir.path()), IsOneSentence()));
}

TEST(StartUpTest, ADataDirectoryInUseIsRefused) {
  TempDir dir;
  const auto server = ServerProcess::Start(dir.path());
  ASSERT_NE(server, nullptr);
  const ProgramResult result = RunHookd({"--listen=127.0.0.1:0", "--data_dir=" + dir.path()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, AllOf(HasSubstr("another hookd"), HasSubstr(dir.path()), IsOneSentence()));
}

TEST(StartUpTest, AStoreThatIsNoneIsRefused) {
  TempDir dir;
  std::ofstream(dir.path() + "/hookd.db") << std::string(8192, 'x');
  const ProgramResult result = RunHookd({"--listen=127.0.0.1:0", "--data_dir=" + dir.path()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, AllOf(HasSubstr("hookd.db"), IsOneSentence()));
}

TEST(StartUpTest, APortInUseIsRefused) {
  TempDir one, other;
  const auto server = ServerProcess::Start(one.path());
  ASSERT_NE(server, nullptr);
  const ProgramResult result = RunHookd({"--listen=" + server->address(), "--data_dir=" + other.path()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("cannot listen on " + server->address()));
}

TEST(StartUpTest, AnUnknownFlagIsRefused) { EXPECT_NE(RunHookd({"--no_such_flag"}).exit_code, 0); }

TEST(StartUpTest, SaysWhereItListensWhereItsDataIsAndWhatToTryNext) {
  TempDir dir;
  const auto server = ServerProcess::Start(dir.path() + "/made/on/the/way");
  ASSERT_NE(server, nullptr);
  const ProgramResult result = server->Stop();
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, AllOf(HasSubstr("listens on " + server->address()),
                                   HasSubstr(dir.path() + "/made/on/the/way"), HasSubstr("try: hookctl")));
}

}  // namespace
}  // namespace hookd
