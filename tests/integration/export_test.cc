// hookctl events export and deliveries export against the real server, killed again and again.
#include <fstream>
#include <set>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/http_receiver.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;

class ExportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = ServerProcess::Start(data_.path());
    ASSERT_NE(server_, nullptr);
  }

  std::vector<std::string> Arguments(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"--server", server_->address(), "--project", "p"});
    return arguments;
  }
  void MustRun(const std::vector<std::string>& arguments, const std::string& input = "") {
    const ProgramResult result = RunHookctl(Arguments(arguments), input);
    ASSERT_EQ(result.exit_code, 0) << result.output;
  }
  // Emits events whose message ids are the numbers from `first` on.
  void Emit(int first, int count) {
    std::string lines;
    for (int i = first; i < first + count; ++i) {
      absl::StrAppend(&lines, R"({"type":"sent","user":{"id":1},"message_id":"<)", i, ">\"}\n");
    }
    MustRun({"emit", "--stream", "-"}, lines);
  }
  // The numbers in a file, in order.
  static std::vector<int> Numbers(const std::string& path) {
    std::ifstream file(path);
    std::vector<int> numbers;
    for (std::string line; std::getline(file, line);) {
      const size_t at = line.find("\"<");
      numbers.push_back(at == std::string::npos ? -1 : std::atoi(line.c_str() + at + 2));
    }
    return numbers;
  }

  TempDir data_, folder_;
  std::unique_ptr<ServerProcess> server_;
  absl::BitGen random_;
};

TEST_F(ExportTest, AKilledExportOfEventsContinuesWithoutALostOrADoubledLine) {
  constexpr int kEvents = 20'000;
  Emit(0, kEvents);
  const std::string file = folder_.path() + "/events.ndjson";
  const std::vector<std::string> command =
      Arguments({"events", "export", "--since", "1h", "--follow", "--cursor-file", folder_.path() + "/cursor",
                 "--file", file});
  for (int kill = 0; kill < 12; ++kill) {
    KillHookctl(command, [&] { absl::SleepFor(absl::Milliseconds(absl::Uniform(random_, 20, 400))); });
  }
  MustRun({"events", "export", "--since", "1h", "--cursor-file", folder_.path() + "/cursor", "--file", file});
  std::vector<int> expected(kEvents);
  for (int i = 0; i < kEvents; ++i) expected[static_cast<size_t>(i)] = i;
  EXPECT_EQ(Numbers(file), expected);
}

TEST_F(ExportTest, AnExportSurvivesThatHookdIsKilled) {
  Emit(0, 1000);
  const std::string file = folder_.path() + "/events.ndjson";
  const std::vector<std::string> export_all = {
      "events", "export", "--cursor-file", folder_.path() + "/cursor", "--file", file};
  MustRun(export_all);
  server_->Kill();
  server_ = ServerProcess::Start(data_.path());
  Emit(1000, 1000);
  MustRun(export_all);
  std::vector<int> expected(2000);
  for (int i = 0; i < 2000; ++i) expected[static_cast<size_t>(i)] = i;
  EXPECT_EQ(Numbers(file), expected);
}

TEST_F(ExportTest, AKilledExportOfDeliveriesContinuesWithoutALostOrADoubledLine) {
  HttpReceiver receiver;
  MustRun({"webhooks", "create", "--id", "first", "--url", receiver.Url("/"), "--event-types", "all"});
  constexpr int kEvents = 5000;
  Emit(0, kEvents);
  const std::string file = folder_.path() + "/deliveries.ndjson";
  const std::vector<std::string> command = {
      "deliveries", "export", "--since", "1h", "--cursor-file", folder_.path() + "/cursor", "--file", file};
  for (int kill = 0; kill < 6; ++kill) {
    KillHookctl(Arguments(command),
                [&] { absl::SleepFor(absl::Milliseconds(absl::Uniform(random_, 10, 150))); });
  }
  MustRun(command);
  std::ifstream lines(file);
  std::set<std::string> names;
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const size_t at = line.find("projects/p/deliveries/");
    ASSERT_NE(at, std::string::npos) << line;
    names.insert(line.substr(at, 35));
  }
  EXPECT_EQ(count, kEvents);
  EXPECT_EQ(names.size(), static_cast<size_t>(kEvents));
}

TEST_F(ExportTest, ListenForwardsEventsToAProgram) {
  HttpReceiver receiver;
  Emit(0, 3);
  const ProgramResult result = RunHookctl(Arguments({"listen", "--forward-to", receiver.Url("/hook"),
                                                     "--since", "1h", "--events", "sent", "--count", "3"}));
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("whsec_"));
}

}  // namespace
}  // namespace hookd
