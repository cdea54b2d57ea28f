#include "hookctl/export_output.h"

#include <fstream>
#include <iterator>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace hookctl {
namespace {

class ExportOutputTest : public testing::Test {
 protected:
  std::unique_ptr<ExportOutput> Open(bool to_file) {
    return ExportOutput::Open({.file = to_file ? Path("out") : "",
                               .out = &stream_,
                               .cursor_file = Path("cursor"),
                               .identity = {"events export", "projects/p", "", "document"},
                               .begin = "2026-01-31T00:00:00Z"})
        .value();
  }
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string Written() const {
    std::ifstream file(Path("out"), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  hookd::TempDir folder_;
  std::ostringstream stream_;
};

TEST_F(ExportOutputTest, LinesWithoutAMarkAreCutWhenTheExportContinues) {
  {
    const auto output = Open(true);
    EXPECT_TRUE(output->Write("a\n"));
    output->Mark("1");
    EXPECT_TRUE(output->Write("b\n"));
    EXPECT_TRUE(output->Finish().ok());
    EXPECT_EQ(Written(), "a\nb\n");
  }
  const auto output = Open(true);
  EXPECT_EQ(output->cursor(), "1");
  EXPECT_EQ(Written(), "a\n");
}

TEST_F(ExportOutputTest, AMarkSurvivesWithoutAnEnd) {
  // The thread writes; the process is killed before Finish.
  auto output = Open(true);
  EXPECT_TRUE(output->Write(std::string(300 * 1024, 'x') + "\n"));
  output->Mark("1");
  output.reset();
  EXPECT_EQ(Written().size(), 300u * 1024 + 1);
}

TEST_F(ExportOutputTest, TheFirstRunsBeginIsKept) {
  Open(true).reset();
  EXPECT_EQ(Open(true)->begin(), "2026-01-31T00:00:00Z");
  EXPECT_EQ(Open(true)->cursor(), "");
}

TEST_F(ExportOutputTest, APipeContinuesAtTheMark) {
  {
    const auto output = Open(false);
    output->Write("a\n");
    output->Mark("1");
    EXPECT_TRUE(output->Finish().ok());
  }
  const auto output = Open(false);
  EXPECT_EQ(output->cursor(), "1");
  output->Write("b\n");
  EXPECT_TRUE(output->Finish().ok());
  EXPECT_EQ(stream_.str(), "a\nb\n");
}

TEST_F(ExportOutputTest, AFileAndAPipeAreNotContinuedAsTheOther) {
  Open(true).reset();
  EXPECT_FALSE(ExportOutput::Open({.file = "",
                                   .out = &stream_,
                                   .cursor_file = Path("cursor"),
                                   .identity = {"events export", "projects/p", "", "document"},
                                   .begin = ""})
                   .ok());
}

TEST_F(ExportOutputTest, AFullOutputIsAnError) {
  const auto output = ExportOutput::Open(
      {.file = "/dev/full", .out = &stream_, .cursor_file = "", .identity = {}, .begin = ""});
  ASSERT_TRUE(output.ok()) << output.status();
  (*output)->Write("a\n");
  EXPECT_FALSE((*output)->Finish().ok());
  EXPECT_FALSE((*output)->Write("b\n"));
}

}  // namespace
}  // namespace hookctl
